package io.mooring.apply;

import java.util.List;

/**
 * What a batch did to leases, for those who keep deadlines.
 *
 * @param changes in the order they were applied, immutable, not empty
 * @param appliedIndex log index up to which they are all that has changed
 */
public record LeaseDelta(List<Change> changes, long appliedIndex) {

  /** Kinds of change. */
  public enum Kind {
    /** A lease came to be. */
    GRANTED,
    /** A lease is gone, and its keys with it. */
    REVOKED,
    /** The remaining TTL was replicated. */
    CHECKPOINTED
  }

  /**
   * One change.
   *
   * @param kind what happened
   * @param leaseId the lease
   * @param ttlSeconds granted TTL, or remaining TTL for a checkpoint; 0 when revoked
   */
  public record Change(Kind kind, long leaseId, long ttlSeconds) {}
}
