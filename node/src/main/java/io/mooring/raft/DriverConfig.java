package io.mooring.raft;

import io.mooring.base.Check;
import io.mooring.raft.core.RaftConfig;
import java.util.concurrent.TimeUnit;

/**
 * Fixed for the life of a driver. Every bound has an answer for "full": too many requests.
 *
 * @param core of the core
 * @param processEpoch random per process start, so that a sequence of an earlier one is never ours
 * @param maxRequestBytes largest entry, header included
 * @param tickNs a tick of the core: the interval of its heartbeats
 * @param requestTimeoutNs the server's own deadline for a write or a linearizable read
 * @param maxApplyGap committed and not yet applied entries above which ordinary writes are refused
 * @param maxApplyGapPrivileged the same for revokes and administration, which make room
 * @param maxWaiting proposals and reads that may wait for a turn, each; and as many of each beyond
 *     that, until a leader has them in its log, or has confirmed them and the machine has caught up
 * @param maxWaitingBytes of proposals that wait for a turn, and as much of those that wait for a
 *     leader
 * @param retainedEntries durable in the engine, yet kept in the log
 */
public record DriverConfig(
    RaftConfig core,
    long processEpoch,
    int maxRequestBytes,
    long tickNs,
    long requestTimeoutNs,
    long maxApplyGap,
    long maxApplyGapPrivileged,
    int maxWaiting,
    long maxWaitingBytes,
    long retainedEntries) {

  /** Checks what must hold. */
  public DriverConfig {
    Check.that(maxRequestBytes > 0, "maxRequestBytes", maxRequestBytes);
    Check.that(tickNs > 0, "tickNs", tickNs);
    Check.that(requestTimeoutNs > 0, "requestTimeoutNs", requestTimeoutNs);
    Check.that(maxApplyGapPrivileged >= maxApplyGap, "privileged bound below the ordinary one");
    Check.that(maxWaitingBytes >= maxRequestBytes, "R28 the largest request never fits");
    Check.that(maxWaiting > 0, "maxWaiting", maxWaiting);
  }

  /**
   * etcd's numbers.
   *
   * @param tickNs interval of heartbeats
   * @param electionTimeoutNs a write may take 5 s and two of these
   */
  public static DriverConfig of(
      RaftConfig core,
      long processEpoch,
      int maxRequestBytes,
      long tickNs,
      long electionTimeoutNs) {
    long timeoutNs = TimeUnit.SECONDS.toNanos(5) + 2 * electionTimeoutNs;
    long waitingBytes = Math.max(64L << 20, 2L * maxRequestBytes);
    return new DriverConfig(
        core,
        processEpoch,
        maxRequestBytes,
        tickNs,
        timeoutNs,
        5_000,
        10_000,
        1 << 16,
        waitingBytes,
        5_000);
  }
}
