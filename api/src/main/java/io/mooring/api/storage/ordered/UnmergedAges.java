package io.mooring.api.storage.ordered;

import java.util.Arrays;

/**
 * How many changes wait to be merged, by when they were made: so it is known up to where all of
 * history is merged, whatever the order in which the merger goes about it. Counts stand for spans
 * of history, so the answer may be a span too low. The writer thread's.
 *
 * <pre>
 *   history  ──────|─────────|─────────|─────────|───► newest
 *   waiting     0       3         0       120
 *                  ▲ merged through here
 * </pre>
 */
final class UnmergedAges {

  /** Spans that what a start finds is divided into; it does not know what each weighs. */
  private static final int FOUND_SPANS = 64;

  private final long spanWeight;
  private long[] firstMain = new long[FOUND_SPANS];
  private long[] weightBefore = new long[FOUND_SPANS];
  private int[] waiting = new int[FOUND_SPANS];

  /** The spans in use: those before the first had nothing waiting in the end. */
  private int first;

  private int end;
  private long newestMain;

  /**
   * Begins with what a start found: revisions between two, and evenly what they weigh.
   *
   * @param spanWeight weight of history that a span takes
   */
  UnmergedAges(StoreMeta meta, long spanWeight) {
    this.spanWeight = spanWeight;
    newestMain = meta.historyThrough;
    long revisions = meta.historyThrough - meta.mergedThrough;
    long weight = meta.historyWeight - meta.mergedWeight;
    int spans = (int) Math.min(FOUND_SPANS, revisions);
    for (int i = 0; i < spans; i++) {
      firstMain[i] = meta.mergedThrough + 1 + revisions * i / spans;
      weightBefore[i] = meta.mergedWeight + weight / spans * i;
    }
    end = spans;
  }

  /** A change that stood in history when it was opened waits. */
  void found(long main) {
    waiting[spanOf(main)]++;
  }

  /**
   * A new change waits.
   *
   * @param historyWeight weight of all history before it
   */
  void add(long main, long historyWeight) {
    // All changes of a revision are counted in one span, or they could not be found again.
    if (first == end
        || (main > newestMain && historyWeight - weightBefore[end - 1] >= spanWeight)) {
      begin(main, historyWeight);
    }
    newestMain = main;
    waiting[end - 1]++;
  }

  private void begin(long main, long historyWeight) {
    if (end == firstMain.length) {
      int used = end - first;
      int size = Math.max(FOUND_SPANS, used * 2);
      firstMain = Arrays.copyOf(Arrays.copyOfRange(firstMain, first, end), size);
      weightBefore = Arrays.copyOf(Arrays.copyOfRange(weightBefore, first, end), size);
      waiting = Arrays.copyOf(Arrays.copyOfRange(waiting, first, end), size);
      first = 0;
      end = used;
    }
    firstMain[end] = main;
    weightBefore[end] = historyWeight;
    waiting[end] = 0;
    end++;
  }

  /** A change does not wait any more: it was merged, or a later one of its key will be. */
  void remove(long main) {
    int span = spanOf(main);
    if (--waiting[span] < 0) {
      throw new IllegalStateException("a change was merged twice");
    }
  }

  private int spanOf(long main) {
    int found = Arrays.binarySearch(firstMain, first, end, main);
    return found >= 0 ? found : -found - 2;
  }

  /** Tells where everything is merged up to; a later call never says less. */
  void settle(StoreMeta meta) {
    while (first < end && waiting[first] == 0) {
      first++;
    }
    boolean none = first == end;
    meta.mergedThrough = none ? meta.historyThrough : firstMain[first] - 1;
    meta.mergedWeight = none ? meta.historyWeight : weightBefore[first];
  }
}
