package io.mooring.api.storage.ordered;

import java.nio.ByteBuffer;

/**
 * Tells which changes in history are merged into latest for certain, from where the running pass
 * stands and from the marks of this pass and the one before; see {@link Merger}. What it does not
 * know of may be merged all the same: a row that is in both places does no harm.
 *
 * <pre>
 *   keys            |........................|
 *   last pass        m1    m2    m3    m4        beyond m4: merged up to what history had at m4
 *   running pass     r1   r2  ▲ position         between r2 and the position: up to r2's
 * </pre>
 */
final class MergedRows {

  private final ByteBuffer passPosition;
  private final long passFrom;
  private final PassMarks.Mark[] running;
  private final PassMarks.Mark[] last;

  /** No change above it is known to be merged. */
  private final long newest;

  MergedRows(StoreMeta meta) {
    passPosition = ByteBuffer.wrap(meta.passPosition);
    passFrom = meta.passFrom;
    running = meta.passMarks.toArray();
    last = meta.lastPassMarks.toArray();
    newest = Math.max(passFrom, Math.max(newest(running), newest(last)));
  }

  private static long newest(PassMarks.Mark[] marks) {
    return marks.length == 0 ? 0 : marks[marks.length - 1].historyThrough();
  }

  /** Whether latest has a change that is above {@code mergedThrough}, or a later one of its key. */
  boolean has(ByteBuffer key, long main) {
    if (main > newest) {
      return false;
    }
    if (StoreWalk.compareUnsigned(key, passPosition) > 0) {
      return main <= through(last, key);
    }
    return main <= passFrom || main <= through(running, key);
  }

  /** What the last mark before a key says; marks are few enough for the last ones to be likely. */
  private static long through(PassMarks.Mark[] marks, ByteBuffer key) {
    int low = 0;
    int high = marks.length;
    while (low < high) {
      int mid = (low + high) >>> 1;
      if (StoreWalk.compareUnsigned(ByteBuffer.wrap(marks[mid].position()), key) < 0) {
        low = mid + 1;
      } else {
        high = mid;
      }
    }
    return low == 0 ? 0 : marks[low - 1].historyThrough();
  }
}
