package io.mooring.raft.core;

import io.mooring.base.Check;

/** What a leader knows about one member's log. */
final class Progress {

  private long matchIndex;

  /** Highest index known to be durable on that member and equal to the leader's. */
  long matchIndex() {
    return matchIndex;
  }

  /** The member's disk holds everything up to here. */
  void persisted(long index) {
    Check.that(index >= matchIndex, "R9 match index fell", index, matchIndex);
    matchIndex = index;
  }
}
