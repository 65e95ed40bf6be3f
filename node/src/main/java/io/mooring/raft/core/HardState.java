package io.mooring.raft.core;

import io.mooring.base.Check;

/**
 * What must be on disk before anything that follows from it leaves this member: one value, so that
 * a new term clears the old vote in the same write (R3).
 *
 * @param term newest term this member knows
 * @param vote member voted for in that term, 0 for none
 */
public record HardState(long term, long vote) {

  /** A member that has never taken part. */
  public static final HardState NONE = new HardState(0, 0);

  /** Checks what must hold. */
  public HardState {
    Check.that(term >= 0, "R2 negative term", term);
    Check.that(term > 0 || vote == 0, "R3 vote without a term", vote);
  }

  /** Whether whatever speaks for another hard state may leave once this one is durable. */
  boolean covers(HardState other) {
    return term > other.term || term == other.term && (other.vote == 0 || other.vote == vote);
  }
}
