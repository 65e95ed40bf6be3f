package io.mooring.storage.memory;

import io.mooring.api.storage.Revision;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * All changes of at least the reclaimed revision, in order: an immutable window on blocks that only
 * ever grow.
 *
 * <pre>
 *   spine    [ block 0 | block 1 | ... | block k ]     each 1,024 rows
 *   position   base ... start ....................... end
 *              (gone)   (first row of this window)    (rows here on belong to later windows)
 * </pre>
 *
 * <p>The appender writes behind {@code end} into the very arrays that older windows hold: they
 * never look there. Dropped blocks leave by a copied spine, so that an old window keeps its own.
 */
final class History {

  private static final int BLOCK_BITS = 10;
  private static final int BLOCK_ROWS = 1 << BLOCK_BITS;
  private static final int BLOCK_MASK = BLOCK_ROWS - 1;

  private final Row[][] spine;
  private final long base;
  private final long start;
  private final long end;

  private History(Row[][] spine, long base, long start, long end) {
    this.spine = spine;
    this.base = base;
    this.start = start;
    this.end = end;
  }

  /** Position of the first row of this window. */
  long start() {
    return start;
  }

  /** Position after the last row of this window. */
  long end() {
    return end;
  }

  Row get(long position) {
    int at = (int) (position - base);
    return spine[at >>> BLOCK_BITS][at & BLOCK_MASK];
  }

  /** Position of the first row whose main revision is not below {@code main}. */
  long firstNotBelow(long main) {
    long low = start;
    long high = end;
    while (low < high) {
      long mid = (low + high) >>> 1;
      if (get(mid).main < main) {
        low = mid + 1;
      } else {
        high = mid;
      }
    }
    return low;
  }

  /** The writing side; belongs to the apply thread. */
  static final class Appender {
    private Row[][] spine = new Row[16][];
    private long base;
    private long start;
    private long end;

    /** The window on everything appended so far. */
    History window() {
      return new History(spine, base, start, end);
    }

    void append(Row row) {
      int at = (int) (end - base);
      int block = at >>> BLOCK_BITS;
      if (block == spine.length) {
        spine = Arrays.copyOf(spine, spine.length * 2);
      }
      Row @Nullable [] rows = spine[block];
      if (rows == null) {
        rows = new Row[BLOCK_ROWS];
        spine[block] = rows;
      }
      rows[at & BLOCK_MASK] = row;
      end++;
    }

    /** Revision of the last row, or one before all when there is none. */
    Revision newest() {
      if (end == start) {
        return MemoryBatch.BEFORE_ALL;
      }
      Row last = window().get(end - 1);
      return new Revision(last.main, last.sub);
    }

    /** Takes back what was appended after a window and never published. */
    void truncateTo(History window) {
      while (end > window.end) {
        end--;
        int at = (int) (end - base);
        spine[at >>> BLOCK_BITS][at & BLOCK_MASK] = null;
      }
    }

    /** Drops the rows before a position. */
    void dropBefore(long position) {
      start = position;
      int emptyBlocks = (int) ((start - base) >>> BLOCK_BITS);
      if (emptyBlocks > 0) {
        int usedBlocks = (int) ((end - base + BLOCK_MASK) >>> BLOCK_BITS);
        Row[][] rest = new Row[Math.max(16, (usedBlocks - emptyBlocks) * 2)][];
        System.arraycopy(spine, emptyBlocks, rest, 0, usedBlocks - emptyBlocks);
        spine = rest;
        base += (long) emptyBlocks << BLOCK_BITS;
      }
    }
  }
}
