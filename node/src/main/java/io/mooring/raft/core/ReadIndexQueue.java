package io.mooring.raft.core;

import io.mooring.base.Check;
import java.util.ArrayList;
import java.util.List;

/**
 * Reads that wait for proof that this leader still leads. A read is fixed at the commit index of
 * the moment it is confirmed, which is at or above that of its arrival. One leader's queue: a
 * change of role drops it, so no answer crosses a leader change (R13).
 */
final class ReadIndexQueue {

  private final List<Long> waiting = new ArrayList<>();
  private List<ReadState> confirmed = new ArrayList<>();
  private long lastContext;

  /** Adds a read under a context that was never used before, so that no old proof serves it. */
  void add(long context) {
    Check.that(context > lastContext, "R13 read context used before", context, lastContext);
    lastContext = context;
    waiting.add(context);
  }

  /** A quorum stood by this leader after all waiting reads had arrived. */
  void confirm(long commitIndex) {
    for (long context : waiting) {
      confirmed.add(new ReadState(context, commitIndex));
    }
    waiting.clear();
  }

  boolean isWaiting() {
    return !waiting.isEmpty();
  }

  /** Hands out what was confirmed. */
  List<ReadState> take() {
    if (confirmed.isEmpty()) {
      return List.of();
    }
    List<ReadState> taken = confirmed;
    confirmed = new ArrayList<>();
    return taken;
  }
}
