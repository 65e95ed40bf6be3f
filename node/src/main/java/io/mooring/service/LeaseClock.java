package io.mooring.service;

import io.mooring.duty.LeaseExpiry;
import io.mooring.loop.Loop;
import io.vertx.core.Future;

/**
 * The time of leases, which the leader alone keeps: asked of this member's duty while it leads, of
 * another member otherwise. Any loop.
 */
public final class LeaseClock {

  private final AtLeader atLeader;
  private final LeaseExpiry here;
  private final LeaderCalls there;

  /** Creates one. */
  public LeaseClock(AtLeader atLeader, LeaseExpiry here, LeaderCalls there) {
    this.atLeader = atLeader;
    this.here = here;
    this.there = there;
  }

  /** As {@link LeaseExpiry#renew}. */
  Future<long[]> renew(Loop loop, long[] ids) {
    return atLeader.ask(
        loop,
        Long.MAX_VALUE,
        () -> here.renew(loop, ids),
        (leaderId, timeoutNs) -> there.renew(loop, leaderId, ids, timeoutNs));
  }

  /** As {@link LeaseExpiry#remainingNs}. */
  Future<Long> remainingNs(Loop loop, long deadlineNs, long leaseId) {
    return atLeader.askUnlessDemoted(
        loop,
        deadlineNs,
        () -> here.remainingNs(loop, leaseId),
        (leaderId, timeoutNs) -> there.remainingNs(loop, leaderId, leaseId, timeoutNs));
  }

  /** As {@link LeaseExpiry#gone}: every member sees that. */
  Future<Long> gone(Loop loop, long leaseId) {
    return here.gone(loop, leaseId);
  }

  /** Whether it is kept here, so that this member's view knows every lease that it speaks of. */
  boolean isHere() {
    return atLeader.isHere();
  }

  long electionTimeoutNs() {
    return here.electionTimeoutNs();
  }
}
