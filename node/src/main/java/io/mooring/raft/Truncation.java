package io.mooring.raft;

import io.mooring.raft.core.Raft;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/** Cuts the log: it keeps what the engine might lose in a crash (R25, S11), and some more. */
final class Truncation {

  private final LongConsumer cutBefore;
  private final long retainedEntries;
  private long before;

  /**
   * Creates one.
   *
   * @param cutBefore takes the first index that the log must keep
   */
  Truncation(LongConsumer cutBefore, long retainedEntries) {
    this.cutBefore = cutBefore;
    this.retainedEntries = retainedEntries;
  }

  /**
   * Cuts what can be cut now. While a snapshot is installed engine and core stand apart. Otherwise,
   * too, the engine may be ahead: the apply thread goes on while this loop is busy, and what it has
   * made durable meanwhile waits until the core knows that it is applied.
   *
   * @param fallbackIndex what the engine would have after a crash
   */
  void run(@Nullable Raft core, long fallbackIndex) {
    if (core == null || core.isInstalling()) {
      return;
    }
    long next = Math.min(fallbackIndex - retainedEntries, core.appliedIndex()) + 1;
    if (next > before) {
      before = next;
      cutBefore.accept(next);
    }
  }
}
