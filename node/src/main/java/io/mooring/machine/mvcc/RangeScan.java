package io.mooring.machine.mvcc;

import io.mooring.api.storage.Version;
import io.mooring.api.storage.VersionCursor;
import io.mooring.api.storage.VersionReader;
import io.mooring.base.Check;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * One running {@link RangeQuery}, in slices: it holds a cursor between them and, for sorts alone,
 * the key-values that the answer may need. In key order nothing is collected.
 *
 * <p>One thread at a time; may be handed to another between slices, together with its reader, which
 * it does not close. Close it before the reader.
 */
public final class RangeScan implements AutoCloseable {

  private enum Phase {
    /** Walking the cursor. */
    WALK,
    /** Handing over what was sorted. */
    EMIT,
    /** Counting what the walk left out. */
    COUNT,
    DONE
  }

  private final RangeQuery query;
  private final VersionReader reader;
  private final long atRevision;
  private final RangeSink sink;
  private final @Nullable RangeSorter sorter;
  private final long walkLimit;

  private Phase phase;
  private @Nullable VersionCursor cursor;
  private KeyRange uncounted;
  private long walked;
  private long emitted;
  private long handedBytes;
  private boolean more;

  private int keysLeft;
  private long bytesLeft;

  /**
   * Begins a query.
   *
   * @param atRevision a readable main revision, or {@link Long#MAX_VALUE} for the newest
   */
  public RangeScan(RangeQuery query, VersionReader reader, long atRevision, RangeSink sink) {
    this.query = query;
    this.reader = reader;
    this.atRevision = atRevision;
    this.sink = sink;
    RangeQuery.Plan plan = query.plan();
    sorter = plan == RangeQuery.Plan.STREAM ? null : new RangeSorter(query);
    // A window is what the limit lets through before the sort, and one more to know of.
    walkLimit = plan == RangeQuery.Plan.WINDOW ? query.limit() + 1 : Long.MAX_VALUE;
    uncounted = query.keys();
    phase = query.countOnly() && !query.keys().point() ? Phase.COUNT : Phase.WALK;
  }

  /**
   * Does a slice of the work. A pending count is done only by a call that begins with it, see
   * {@link #countPending()}.
   *
   * @param maxKeys keys to walk or hand over at most, 1 or more
   * @param maxBytes bytes after which no further key-value is collected or handed over
   * @return whether all is done and {@link #result()} may be asked
   */
  public boolean advance(int maxKeys, long maxBytes) {
    keysLeft = maxKeys;
    bytesLeft = maxBytes;
    if (phase == Phase.COUNT) {
      walked += reader.count(uncounted.from(), uncounted.to(), atRevision);
      phase = Phase.DONE;
    }
    if (phase == Phase.WALK) {
      walk();
    }
    if (phase == Phase.EMIT) {
      emit();
    }
    return phase == Phase.DONE;
  }

  /**
   * Whether the next slice counts keys, which may take as long as walking them: not for an event
   * loop, unless the range is known to be small.
   */
  public boolean countPending() {
    return phase == Phase.COUNT;
  }

  /** Heap bytes that a sort holds on to between slices; 0 for what needs none. */
  public long heldBytes() {
    return sorter == null ? 0 : sorter.heldBytes();
  }

  /** Bytes of the key-values handed over so far. */
  long handedBytes() {
    return handedBytes;
  }

  /** The rest of the answer, after the last slice. */
  public RangeResult result() {
    Check.that(phase == Phase.DONE, "a range's result before its end");
    return new RangeResult(walked, more);
  }

  @Override
  public void close() {
    if (cursor != null) {
      cursor.close();
      cursor = null;
    }
    phase = Phase.DONE;
  }

  private void walk() {
    KeyRange keys = query.keys();
    if (keys.point()) {
      Version version = reader.get(keys.from(), atRevision, query.wantsPayload());
      walked = query.answerPoint(version, this::hand).count();
      phase = Phase.DONE;
      return;
    }
    VersionCursor at = cursor;
    if (at == null) {
      at = reader.range(keys.from(), keys.to(), atRevision);
      cursor = at;
    }
    while (keysLeft > 0 && bytesLeft > 0) {
      if (!at.next()) {
        endWalk(at, true);
        return;
      }
      walked++;
      keysLeft--;
      if (!take(at) || walked == walkLimit) {
        uncounted = keys.after(bytes(at.key()));
        endWalk(at, false);
        return;
      }
    }
  }

  /** Takes the cursor's version; false when the limit leaves this one out, and so all behind it. */
  private boolean take(VersionCursor at) {
    if (!query.filter().passes(at.createRevision(), at.modRevision())) {
      return true;
    }
    if (sorter != null) {
      long before = sorter.heldBytes();
      sorter.add(at);
      bytesLeft -= Math.max(0, sorter.heldBytes() - before);
      return true;
    }
    if (query.limit() > 0 && emitted == query.limit()) {
      more = true;
      return false;
    }
    emitted++;
    hand(query.keysOnly() ? ByteBuffer.wrap(query.encoded(version(at, false))) : at.payload());
    return true;
  }

  private void endWalk(VersionCursor at, boolean whole) {
    at.close();
    cursor = null;
    if (sorter != null) {
      more = sorter.cut();
      phase = Phase.EMIT;
      if (whole) {
        uncounted = KeyRange.NOTHING;
      }
    } else {
      phase = whole || !query.counted() ? Phase.DONE : Phase.COUNT;
    }
  }

  private void emit() {
    RangeSorter sorted = Check.present(sorter, "nothing was sorted");
    while (keysLeft > 0 && bytesLeft > 0) {
      Version next = sorted.poll();
      if (next == null) {
        boolean counted = uncounted == KeyRange.NOTHING || !query.counted();
        phase = counted ? Phase.DONE : Phase.COUNT;
        return;
      }
      keysLeft--;
      if (next.payload() == null && query.wantsPayload()) {
        next = reader.get(next.key(), atRevision, true);
        Check.that(next != null, "a key of the walk is gone at the same revision");
      }
      hand(ByteBuffer.wrap(query.encoded(Check.present(next, "sorted version"))));
    }
  }

  private void hand(ByteBuffer encoded) {
    bytesLeft -= encoded.remaining();
    handedBytes += encoded.remaining();
    sink.keyValue(encoded);
  }

  /** A heap copy of a cursor's version. */
  static Version version(VersionCursor at, boolean withPayload) {
    return new Version(
        bytes(at.key()),
        at.createRevision(),
        at.modRevision(),
        at.modSub(),
        at.version(),
        at.leaseId(),
        withPayload ? bytes(at.payload()) : null);
  }

  /** A heap copy of a borrowed buffer. */
  static byte[] bytes(ByteBuffer borrowed) {
    byte[] copy = new byte[borrowed.remaining()];
    borrowed.get(borrowed.position(), copy);
    return copy;
  }
}
