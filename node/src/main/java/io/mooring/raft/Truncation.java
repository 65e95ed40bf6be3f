package io.mooring.raft;

import io.mooring.base.Check;
import io.mooring.log.LogWriter;
import io.mooring.machine.View;
import io.mooring.raft.core.Raft;
import org.jspecify.annotations.Nullable;

/** Cuts the log: it keeps what the engine might lose in a crash (R25, S11), and some more. */
final class Truncation {

  private final LogWriter log;
  private final long retainedEntries;
  private long before;

  Truncation(LogWriter log, long retainedEntries) {
    this.log = log;
    this.retainedEntries = retainedEntries;
  }

  /** Cuts what can be cut now. While a snapshot is installed view and core stand apart. */
  void run(@Nullable Raft core, View view) {
    long next = view.engine().fallbackIndex() - retainedEntries + 1;
    if (core != null && !core.isInstalling() && next > before) {
      Check.that(next <= core.appliedIndex() + 1, "R25 durable beyond applied", next);
      before = next;
      log.truncateBefore(next);
    }
  }
}
