package io.mooring.raft;

import io.mooring.log.LogReader;
import io.mooring.log.LogWriter;
import io.mooring.log.SegmentLog;
import io.mooring.machine.View;
import io.mooring.raft.core.Configuration;
import io.mooring.raft.core.Entry;
import io.mooring.raft.core.EntryId;
import io.mooring.raft.core.RaftStart;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * Brings the machine up to the commit index that the log recorded, in pieces, so that no more than
 * one of them is in memory however much the engine lacks. What follows, which may or may not be
 * committed, goes to the core. Runs on the raft loop, under the driver's guard; files are read on
 * the log thread.
 */
final class Replay {

  private static final long PIECE_BYTES = 8L << 20;

  /** Applied entries that a member keeps when it starts, for others that are a little behind. */
  private static final long RETAINED_BYTES = 16L << 20;

  private final long maxRetainedBytes;

  private final LogWriter log;
  private final LogReader reader;
  private final Applier applier;
  private final SegmentLog opened;
  private final Consumer<Runnable> guard;
  private Consumer<RaftStart> done = start -> {};
  private final List<Entry> uncommitted = new ArrayList<>();
  private final ArrayDeque<Entry> retained = new ArrayDeque<>();
  private long retainedBytes;

  /** The last entry that is not retained. */
  private EntryId base;

  private final Supplier<Configuration> configuration;
  private EntryId handedOut;
  private boolean applying;

  /**
   * Prepares it.
   *
   * @param alone nobody else could ask for what is applied already, so it is not read
   */
  Replay(
      boolean alone,
      SegmentLog opened,
      LogWriter log,
      Applier applier,
      EntryId applied,
      Supplier<Configuration> configuration,
      Consumer<Runnable> guard) {
    this.log = log;
    this.opened = opened;
    this.applier = applier;
    this.maxRetainedBytes = alone ? 0 : RETAINED_BYTES;
    this.base = alone ? applied : opened.beforeAnchor();
    this.reader = opened.reader(base.index() + 1);
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
              opened.hardState(),
              handedOut,
              configuration.get(),
              base,
              List.copyOf(retained),
              uncommitted,
              opened.commitIndex()));
      return;
    }
    List<Entry> piece = new ArrayList<>();
    for (Entry entry : entries) {
      if (entry.index() > opened.commitIndex() && entry.index() > handedOut.index()) {
        uncommitted.add(entry);
        continue;
      }
      retain(entry);
      if (entry.index() > handedOut.index()) {
        piece.add(entry);
      }
    }
    if (piece.isEmpty()) {
      next();
      return;
    }
    handedOut = EntryId.of(piece.get(piece.size() - 1));
    applying = true;
    applier.apply(new Committed(List.copyOf(piece), Collections.nCopies(piece.size(), null)));
  }

  private void retain(Entry entry) {
    retained.add(entry);
    retainedBytes += entry.sizeBytes();
    while (retainedBytes > maxRetainedBytes) {
      Entry first = retained.remove();
      base = EntryId.of(first);
      retainedBytes -= first.sizeBytes();
    }
  }
}
