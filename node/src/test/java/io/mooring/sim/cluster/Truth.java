package io.mooring.sim.cluster;

import io.mooring.api.internalpb.Command;
import io.mooring.api.storage.MvccEngine;
import io.mooring.api.storage.Snapshot;
import io.mooring.api.storage.WriteBatch;
import io.mooring.check.Change;
import io.mooring.machine.CommandCodec;
import io.mooring.machine.Machine;
import io.mooring.machine.Outcome;
import io.mooring.machine.View;
import io.mooring.machine.hash.StateHash;
import io.mooring.machine.mvcc.AnswerRoom;
import io.mooring.raft.CommittedCommand;
import io.mooring.raft.core.Entry;
import io.mooring.raft.core.EntryId;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * What was committed, in order, replayed entry by entry on a machine of its own the moment that
 * anybody holds it to be committed. Every member's entries, hashes and outcomes must be the same.
 */
final class Truth implements AutoCloseable {

  private final MvccEngine engine;
  private final Machine machine;
  private final RecordedChanges recorded;
  private final List<Entry> entries = new ArrayList<>();
  private final List<Long> hashes = new ArrayList<>();
  private final List<@Nullable Outcome> outcomes = new ArrayList<>();
  private long hashesCompared;
  private long outcomesCompared;

  /**
   * Begins with nothing.
   *
   * @param clock real time
   */
  Truth(MvccEngine engine, LongSupplier clock) {
    this.engine = engine;
    this.recorded = new RecordedChanges(clock);
    this.machine = Machine.restore(engine);
  }

  /** A member holds an entry to be committed (R8, R5). True when nobody did before. */
  boolean committed(Entry entry) {
    long index = entry.index();
    if (index <= entries.size()) {
      Entry known = entries.get((int) index - 1);
      that(
          known.term() == entry.term() && Arrays.equals(known.data(), entry.data()),
          () ->
              "R8 two entries were committed at "
                  + index
                  + ": of terms "
                  + known.term()
                  + " and "
                  + entry.term());
      return false;
    }
    that(index == entries.size() + 1, () -> "R26 committed " + index + " after " + entries.size());
    entries.add(entry);
    byte[] data = CommittedCommand.of(entry);
    if (data == null) {
      machine.skip(index, entry.term());
      outcomes.add(null);
    } else {
      Command command = CommandCodec.decode(data);
      WriteBatch batch = engine.begin();
      outcomes.add(
          machine.apply(batch, index, entry.term(), command, recorded, AnswerRoom.unlimited()));
      machine.commit(batch);
    }
    hashes.add(machine.stateHash());
    return true;
  }

  /** A member shows a state: it is the one after that entry (P25, M7, M15). */
  void published(long memberId, View view) {
    if (view.appliedIndex() == 0) {
      return;
    }
    try (Snapshot snapshot = view.engine().snapshot()) {
      long index = snapshot.state().appliedIndex();
      that(
          index <= entries.size(),
          () -> "R9 member " + memberId + " applied what nobody committed");
      long hash =
          StateHash.restore(snapshot)
              .value(snapshot.state().revision(), snapshot.state().compactRevision());
      that(
          hash == hashes.get((int) index - 1),
          () -> "P25 member " + memberId + " has another state at index " + index);
      hashesCompared++;
    }
  }

  /** A member's machine says what an entry led to (P25, M9, S15). */
  void outcome(long memberId, long index, Outcome outcome) {
    Outcome known = outcomes.get((int) index - 1);
    that(
        outcome.late() == null
            ? outcome.equals(known)
            : known != null && outcome.revision() == known.revision(),
        () ->
            "M9 member "
                + memberId
                + " answers "
                + outcome
                + " at index "
                + index
                + ", not "
                + known);
    outcomesCompared++;
  }

  /** What the sums of the state say is what is stored (M10); a walk over all of it. */
  void content(long memberId, View view) {
    try (Snapshot snapshot = view.engine().snapshot()) {
      that(
          StateHash.content(snapshot).equals(StateHash.restore(snapshot).sums()),
          () -> "M10 member " + memberId + " stores something else than it says");
    }
  }

  /** Last committed entry. */
  EntryId last() {
    return entries.isEmpty() ? EntryId.ZERO : EntryId.of(entries.get(entries.size() - 1));
  }

  /** A committed entry. */
  Entry entry(long index) {
    return entries.get((int) index - 1);
  }

  /** All changes of keys so far, in order. */
  List<Change> changes() {
    return recorded.changes();
  }

  /** When a lease was known to have ended; null while it has not. */
  @Nullable Long leaseGoneNs(long leaseId) {
    return recorded.leaseGoneNs(leaseId);
  }

  long revision() {
    return machine.revision();
  }

  long compactRevision() {
    return machine.compactRevision();
  }

  long hashesCompared() {
    return hashesCompared;
  }

  long outcomesCompared() {
    return outcomesCompared;
  }

  @Override
  public void close() {
    engine.close();
  }

  static void that(boolean holds, Supplier<String> message) {
    if (!holds) {
      throw new AssertionError(message.get());
    }
  }

  static void that(boolean holds, String message) {
    if (!holds) {
      throw new AssertionError(message);
    }
  }
}
