package io.mooring.api.storage.ordered;

import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * A walk over the rows of a key range in one space, one row ahead of its user: it always knows the
 * next key, and moves past it only when that was taken and more is asked for.
 */
final class StoreWalk implements AutoCloseable {

  private final StoreCursor cursor;
  private final @Nullable ByteBuffer end;
  private boolean atEnd;

  /** The row under the cursor was handed out; move before looking again. */
  private boolean taken;

  StoreWalk(StoreCursor cursor, byte[] from, byte @Nullable [] to) {
    this.cursor = cursor;
    end = to == null ? null : ByteBuffer.wrap(to);
    place(from.length == 0 ? cursor.next() : cursor.seek(from));
  }

  private void place(boolean there) {
    ByteBuffer limit = end;
    atEnd = !there || (limit != null && compareUnsigned(cursor.key(), limit) >= 0);
    taken = false;
  }

  private void settle() {
    if (taken) {
      place(cursor.next());
    }
  }

  /** Whether no row is left. */
  boolean atEnd() {
    settle();
    return atEnd;
  }

  /** Compares the next key; there must be one. */
  int compareTo(ByteBuffer key) {
    settle();
    return compareUnsigned(cursor.key(), key);
  }

  /** Compares the next keys of two walks; both must have one. */
  int compareTo(StoreWalk other) {
    settle();
    other.settle();
    return compareUnsigned(cursor.key(), other.cursor.key());
  }

  /** Takes the next row and returns its key, borrowed until the walk is asked for another one. */
  ByteBuffer takeKey() {
    settle();
    taken = true;
    return cursor.key();
  }

  /** The value of the row taken. */
  ByteBuffer value() {
    return cursor.value();
  }

  /** Drops the next row if it has this key. */
  void skip(ByteBuffer key) {
    if (!atEnd() && compareTo(key) == 0) {
      taken = true;
    }
  }

  /** Unsigned order of what is between position and limit. */
  static int compareUnsigned(ByteBuffer left, ByteBuffer right) {
    int at = left.mismatch(right);
    if (at < 0) {
      return 0;
    }
    if (at >= left.remaining() || at >= right.remaining()) {
      return left.remaining() - right.remaining();
    }
    return Byte.compareUnsigned(left.get(left.position() + at), right.get(right.position() + at));
  }

  @Override
  public void close() {
    cursor.close();
  }
}
