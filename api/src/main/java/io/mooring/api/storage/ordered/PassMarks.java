package io.mooring.api.storage.ordered;

import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Arrays;

/**
 * Where a pass of merging stood when history had come to some revision: keys beyond such a place
 * were merged with all their changes up to that revision, or with later ones, once the pass has
 * been there. Positions and revisions rise together. Owned by {@link StoreMeta}, and stored in it.
 *
 * <pre>
 *   | count 4 | per mark: history through 8 | history weight 8 | position length 4 | position |
 * </pre>
 */
final class PassMarks {

  /** So that no record grows with long keys: a pass that stands at a longer one is not marked. */
  static final int MAX_POSITION_BYTES = 256;

  private static final int MARK_BYTES = 2 * Long.BYTES + Integer.BYTES;

  /** A place in key order, and what history had come to when a pass was there. */
  @SuppressWarnings("ArrayRecordComponent") // frozen, and never compared
  record Mark(byte[] position, long historyThrough, long historyWeight) {}

  private final ArrayDeque<Mark> marks = new ArrayDeque<>();

  /** Notes where a pass is before it goes on; a later mark of the same place says all and more. */
  void add(byte[] position, long historyThrough, long historyWeight) {
    if (position.length > MAX_POSITION_BYTES) {
      return;
    }
    Mark last = marks.peekLast();
    if (last != null && Arrays.equals(last.position(), position)) {
      marks.removeLast();
    }
    marks.add(new Mark(position, historyThrough, historyWeight));
  }

  /** Forgets what says nothing beyond a revision. */
  void forgetThrough(long main) {
    Mark first = marks.peek();
    while (first != null && first.historyThrough() <= main) {
      marks.remove();
      first = marks.peek();
    }
  }

  /** Weight of history at the last mark, or what is given when there is none. */
  long lastWeight(long otherwise) {
    Mark last = marks.peekLast();
    return last == null ? otherwise : last.historyWeight();
  }

  /** Takes the marks of another in the place of these. */
  void become(PassMarks other) {
    marks.clear();
    marks.addAll(other.marks);
  }

  void clear() {
    marks.clear();
  }

  Mark[] toArray() {
    return marks.toArray(new Mark[0]);
  }

  int storedBytes() {
    int bytes = Integer.BYTES;
    for (Mark mark : marks) {
      bytes += MARK_BYTES + mark.position().length;
    }
    return bytes;
  }

  void write(ByteBuffer out) {
    out.putInt(marks.size());
    for (Mark mark : marks) {
      out.putLong(mark.historyThrough()).putLong(mark.historyWeight());
      out.putInt(mark.position().length).put(mark.position());
    }
  }

  void read(ByteBuffer in) {
    for (int left = in.getInt(); left > 0; left--) {
      long historyThrough = in.getLong();
      long historyWeight = in.getLong();
      byte[] position = new byte[in.getInt()];
      in.get(position);
      marks.add(new Mark(position, historyThrough, historyWeight));
    }
  }
}
