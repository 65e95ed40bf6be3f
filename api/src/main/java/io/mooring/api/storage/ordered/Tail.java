package io.mooring.api.storage.ordered;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The newest changes in revision order, on the heap until they stand in the store. Immutable to
 * whoever holds one: later changes go to slots that it does not cover.
 */
final class Tail {

  private static final int CHUNK_BITS = 10;
  private static final int CHUNK_ROWS = 1 << CHUNK_BITS;
  private static final int CHUNK_MASK = CHUNK_ROWS - 1;

  static final Tail EMPTY = new Tail(new Row[0][], 0, 0);

  private final Row[][] chunks;
  private final int first;
  private final int end;

  private Tail(Row[][] chunks, int first, int end) {
    this.chunks = chunks;
    this.first = first;
    this.end = end;
  }

  int size() {
    return end - first;
  }

  /** A change by position, from 0 for the oldest. */
  Row at(int position) {
    int slot = first + position;
    return chunks[slot >>> CHUNK_BITS][slot & CHUNK_MASK];
  }

  /** Main revision of the oldest change; {@link Long#MAX_VALUE} when there is none. */
  long firstMain() {
    return first == end ? Long.MAX_VALUE : at(0).main;
  }

  /** Position of the first change at or above a revision; the size when all are below. */
  int lowerBound(long main, int sub) {
    int low = 0;
    int high = size();
    while (low < high) {
      int mid = (low + high) >>> 1;
      if (at(mid).compareRevision(main, sub) < 0) {
        low = mid + 1;
      } else {
        high = mid;
      }
    }
    return low;
  }

  /** The change at a revision, or null. */
  @Nullable Row find(long main, int sub) {
    int position = lowerBound(main, sub);
    if (position == size()) {
      return null;
    }
    Row row = at(position);
    return row.compareRevision(main, sub) == 0 ? row : null;
  }

  /** This tail without the changes up to a main revision. */
  Tail without(long throughMain) {
    int gone = lowerBound(throughMain + 1, 0);
    if (gone == 0) {
      return this;
    }
    if (gone == size()) {
      return EMPTY;
    }
    int newFirst = first + gone;
    int wholeChunks = newFirst >>> CHUNK_BITS;
    Row[][] kept = Arrays.copyOfRange(chunks, wholeChunks, chunks.length);
    return new Tail(kept, newFirst & CHUNK_MASK, end - (wholeChunks << CHUNK_BITS));
  }

  /**
   * Grows a tail; the apply thread's. Slots beyond the published end belong to it alone, so what a
   * discarded batch left there is simply overwritten.
   */
  static final class Builder {
    private Row[][] chunks;
    private final int first;
    private int end;

    Builder(Tail from) {
      chunks = from.chunks;
      first = from.first;
      end = from.end;
    }

    void add(Row row) {
      int chunk = end >>> CHUNK_BITS;
      if (chunk == chunks.length) {
        chunks = Arrays.copyOf(chunks, chunk + 1);
        chunks[chunk] = new Row[CHUNK_ROWS];
      }
      chunks[chunk][end & CHUNK_MASK] = row;
      end++;
    }

    /** What was added so far. Safe to publish to other threads through a volatile write. */
    Tail build() {
      return end == first ? EMPTY : new Tail(chunks, first, end);
    }
  }
}
