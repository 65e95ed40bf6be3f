package io.mooring.service;

/**
 * What a request may take.
 *
 * @param maxRequestBytes of an encoded write
 * @param maxTxnOps operations of a transaction, each of its three lists alone
 * @param quotaBytes live bytes of the store from which on nothing may be added; 0 for no quota
 */
public record ServiceLimits(int maxRequestBytes, int maxTxnOps, long quotaBytes) {

  /** etcd's defaults, without a quota. */
  public static final ServiceLimits DEFAULT = new ServiceLimits(1_572_864, 128, 0);

  /** What a message may have beyond a request: etcd's allowance for gRPC. */
  public static final int MESSAGE_ALLOWANCE_BYTES = 512 << 10;

  /** Bytes of one inbound message. */
  public int maxMessageBytes() {
    return maxRequestBytes + MESSAGE_ALLOWANCE_BYTES;
  }
}
