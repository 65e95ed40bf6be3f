package io.mooring.check;

import java.util.List;

/**
 * The life of a lease that nobody revokes, as a client saw it.
 *
 * @param leaseId of the lease
 * @param key attached to it from the start
 * @param renewals the grant and every keep-alive that was answered
 */
public record LeaseTape(long leaseId, String key, List<Renewal> renewals) {

  /**
   * An answered grant or keep-alive.
   *
   * @param callNs when it was asked for
   * @param ttlSeconds the answer; 0 when the lease was gone
   */
  public record Renewal(long callNs, long ttlSeconds) {}
}
