package io.mooring.duty;

import java.util.concurrent.TimeUnit;

/**
 * Clocks and bounds of lease expiry.
 *
 * @param tickNs between looks at what is due
 * @param electionTimeoutNs added to every lease when a leader begins
 * @param requestTimeoutNs how long somebody waits for a leader, or for a revoke under way
 * @param batchLeases leases that one proposal revokes
 * @param proposalsInFlight revoking proposals under way at once
 * @param checkpointNs between checkpoints of a lease at most; leaders that do not hold for long
 *     make them more often
 * @param checkpointLeases leases in one checkpoint proposal
 * @param loadLeases leases taken over in one turn by a new leader
 * @param maxWaiting asks that may wait for the loop, and for a leader
 */
public record LeaseTiming(
    long tickNs,
    long electionTimeoutNs,
    long requestTimeoutNs,
    int batchLeases,
    int proposalsInFlight,
    long checkpointNs,
    int checkpointLeases,
    int loadLeases,
    int maxWaiting) {

  /** A member's, whose request timeout is etcd's: 5 s and two election timeouts. */
  public static LeaseTiming of(long electionTimeoutNs) {
    return new LeaseTiming(
        TimeUnit.MILLISECONDS.toNanos(100),
        electionTimeoutNs,
        TimeUnit.SECONDS.toNanos(5) + 2 * electionTimeoutNs,
        256,
        2,
        TimeUnit.MINUTES.toNanos(5),
        1000,
        2000,
        16_384);
  }
}
