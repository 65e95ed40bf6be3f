package io.mooring.duty;

import java.util.concurrent.TimeUnit;

/**
 * How often remaining TTLs are replicated. A new leader starts a lease with what was replicated of
 * it, so leaders that follow each other faster than they replicate would keep every lease alive for
 * ever. Hence a leader replicates after half the time that the one before it held, or that it has
 * held itself, if that is longer: seldom in quiet times, often when leaders come and go. Since it
 * cannot be that each leader holds for less than half as long as the one before, every lease that
 * nobody renews gets shorter, as long as leaders hold for a few seconds now and then.
 *
 * <p>A member that has just started has seen no leader, and takes it that none held for long: so
 * does one that crashes again and again. Confined to the duty loop.
 */
final class CheckpointPace {

  /** Below this there is nothing to win: TTLs are whole seconds. */
  private static final long SHORTEST_NS = TimeUnit.SECONDS.toNanos(2);

  private final long longestNs;
  private long term;
  private long leaderId;
  private long sinceNs;
  private long heldNs;

  /** A pace of at most so long between two replications of a lease. */
  CheckpointPace(long longestNs) {
    this.longestNs = longestNs;
  }

  /** To be told at every look at the clock who leads, 0 for nobody. */
  void observe(long nowTerm, long nowLeaderId, long nowNs) {
    if (nowTerm == term && nowLeaderId == leaderId) {
      return;
    }
    if (leaderId != 0) {
      heldNs = nowNs - sinceNs;
    }
    term = nowTerm;
    leaderId = nowLeaderId;
    sinceNs = nowNs;
  }

  /** The pause from now on. */
  long intervalNs(long nowNs) {
    long holdsNs = leaderId == 0 ? 0 : nowNs - sinceNs;
    return Math.min(longestNs, Math.max(SHORTEST_NS, Math.max(heldNs, holdsNs) / 2));
  }
}
