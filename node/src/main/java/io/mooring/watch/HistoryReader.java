package io.mooring.watch;

import io.mooring.api.storage.ChangeCursor;
import io.mooring.api.storage.MvccEngine;
import io.mooring.api.storage.PinRegistry;
import io.mooring.api.storage.Snapshot;
import io.mooring.api.storage.Version;
import io.mooring.apply.ChangeEvent;
import io.mooring.apply.RevisionEvents;
import io.mooring.base.Check;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Reads one slice of history from an engine, on a reader's thread. What a pin holds is read
 * although compaction has passed it, and counts only if the pin still stands at the end. Without
 * one, who was overtaken by compaction is told so.
 */
final class HistoryReader {

  private final MvccEngine engine;
  private final WatchLimits limits;
  private final PinRegistry.@Nullable Pin pin;
  private final long from;
  private final long to;
  private final RangeUnion interest;
  private final boolean prevKv;

  private final List<RevisionEvents> revisions = new ArrayList<>();
  private List<ChangeEvent> current = new ArrayList<>();
  private long currentRevision;
  private long bytes;

  /**
   * Prepares a read.
   *
   * @param pin at or below {@code from}, or null
   * @param from first revision, inclusive
   * @param to last revision, inclusive; the engine has it
   * @param prevKv whether previous values are wanted
   */
  HistoryReader(
      MvccEngine engine,
      WatchLimits limits,
      PinRegistry.@Nullable Pin pin,
      long from,
      long to,
      RangeUnion interest,
      boolean prevKv) {
    this.engine = engine;
    this.limits = limits;
    this.pin = pin;
    this.from = from;
    this.to = to;
    this.interest = interest;
    this.prevKv = prevKv;
  }

  /** Reads until the end, or until a bound is met, and then to the end of that revision. */
  HistorySlice read() {
    try (Snapshot snapshot = engine.snapshot()) {
      long newest = snapshot.state().revision();
      Check.that(newest >= to, "W2 the engine is behind the hub", newest, to);
      long compactRevision = snapshot.state().compactRevision();
      long readable = readable(compactRevision);
      long first = Math.max(from, readable);
      if (first > to) {
        return new HistorySlice(from, to, compactRevision, List.of());
      }
      long last = to;
      try (ChangeCursor changes = snapshot.changes(first, to)) {
        long rows = 0;
        currentRevision = first;
        while (changes.next()) {
          if (changes.modRevision() != currentRevision) {
            endRevision();
            if (rows >= limits.sliceRows()
                || bytes >= limits.sliceBytes()
                || revisions.size() >= limits.sliceRevisions()) {
              last = changes.modRevision() - 1;
              break;
            }
            currentRevision = changes.modRevision();
          }
          rows++;
          if (interest.contains(changes.key())) {
            add(snapshot, changes, readable);
          }
        }
      }
      endRevision();
      return new HistorySlice(from, last, readable(compactRevision), revisions);
    }
  }

  /** From where on nothing is missing. A pin that is broken by now has held nothing. */
  private long readable(long compactRevision) {
    return pin == null || pin.broken() || !pin.isOf(engine)
        ? compactRevision
        : Math.min(compactRevision, pin.revision());
  }

  private void add(Snapshot snapshot, ChangeCursor changes, long compactRevision) {
    byte[] key = copy(changes.key());
    byte[] previous = null;
    boolean creation = !changes.tombstone() && changes.createRevision() == currentRevision;
    long before = currentRevision - 1;
    if (prevKv && !creation && before >= Math.max(1, compactRevision)) {
      Version version = snapshot.get(key, before, true);
      previous = version == null ? null : version.payload();
    }
    ChangeEvent event =
        changes.tombstone()
            ? ChangeEvent.delete(key, previous, prevKv)
            : ChangeEvent.put(key, copy(changes.payload()), previous, prevKv);
    bytes += event.sizeBytes();
    current.add(event);
  }

  private void endRevision() {
    if (!current.isEmpty()) {
      revisions.add(new RevisionEvents(currentRevision, List.copyOf(current)));
      current = new ArrayList<>();
    }
  }

  private static byte[] copy(ByteBuffer from) {
    byte[] to = new byte[from.remaining()];
    from.get(from.position(), to);
    return to;
  }
}
