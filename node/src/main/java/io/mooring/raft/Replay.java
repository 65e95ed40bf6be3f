package io.mooring.raft;

import io.mooring.log.LogReader;
import io.mooring.log.LogWriter;
import io.mooring.log.SegmentLog;
import io.mooring.machine.View;
import io.mooring.raft.core.Configuration;
import io.mooring.raft.core.Entry;
import io.mooring.raft.core.EntryId;
import io.mooring.raft.core.RaftStart;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.function.Consumer;

/**
 * Brings the machine up to the commit index that the log recorded, in pieces, so that no more than
 * one of them is in memory however much the engine lacks. What follows, which may or may not be
 * committed, goes to the core. Runs on the raft loop, under the driver's guard; files are read on
 * the log thread.
 */
final class Replay {

  private static final long PIECE_BYTES = 8L << 20;

  private final LogWriter log;
  private final LogReader reader;
  private final Applier applier;
  private final SegmentLog opened;
  private final Consumer<Runnable> guard;
  private Consumer<RaftStart> done = start -> {};
  private final List<Entry> uncommitted = new ArrayList<>();
  private final Configuration configuration;
  private EntryId handedOut;
  private boolean applying;

  Replay(
      SegmentLog opened,
      LogWriter log,
      Applier applier,
      EntryId applied,
      Configuration configuration,
      Consumer<Runnable> guard) {
    this.log = log;
    this.opened = opened;
    this.applier = applier;
    this.reader = opened.reader(applied.index() + 1);
    this.handedOut = applied;
    this.configuration = configuration;
    this.guard = guard;
  }

  /** Starts; at the end hands over what the core begins with. */
  void run(Consumer<RaftStart> whenDone) {
    done = whenDone;
    next();
  }

  /**
   * The machine has come this far. The same view may come twice: one that is published while the
   * driver's turn for the one before begins is seen by that turn, and again by its own.
   */
  void applied(View view) {
    if (applying && view.appliedIndex() == handedOut.index()) {
      applying = false;
      next();
    }
  }

  private void next() {
    log.read(reader, PIECE_BYTES).onSuccess(entries -> guard.accept(() -> take(entries)));
  }

  private void take(List<Entry> entries) {
    if (entries.isEmpty()) {
      done.accept(
          new RaftStart(
              opened.hardState(), handedOut, configuration, uncommitted, opened.commitIndex()));
      return;
    }
    int committed = 0;
    while (committed < entries.size() && entries.get(committed).index() <= opened.commitIndex()) {
      committed++;
    }
    uncommitted.addAll(entries.subList(committed, entries.size()));
    if (committed == 0) {
      next();
      return;
    }
    List<Entry> piece = List.copyOf(entries.subList(0, committed));
    handedOut = EntryId.of(piece.get(committed - 1));
    applying = true;
    applier.apply(new Committed(piece, Collections.nCopies(committed, null)));
  }
}
