package io.mooring.base;

import java.util.concurrent.atomic.LongAdder;

/**
 * Counts values by size, for whoever shows them later. Adding costs a few compares and two
 * increments that threads do not contend for; it allocates nothing. The unit is its owner's, most
 * often nanoseconds. Any thread.
 */
public final class Histogram {

  private final long[] upperBounds;
  private final LongAdder[] counts;
  private final LongAdder sum = new LongAdder();

  private Histogram(long[] upperBounds) {
    this.upperBounds = upperBounds;
    counts = new LongAdder[upperBounds.length + 1];
    for (int i = 0; i < counts.length; i++) {
      counts[i] = new LongAdder();
      Check.that(
          i == 0 || i == upperBounds.length || upperBounds[i] > upperBounds[i - 1],
          "bounds of a histogram ascend");
    }
  }

  /** Buckets up to these bounds, each included, and one for all above. */
  public static Histogram of(long... upperBounds) {
    return new Histogram(upperBounds.clone());
  }

  /** Bounds that double from a first one on. */
  public static Histogram doubling(long first, int bounds) {
    long[] upperBounds = new long[bounds];
    for (int i = 0; i < bounds; i++) {
      upperBounds[i] = first << i;
    }
    return new Histogram(upperBounds);
  }

  /** Adds a value. */
  public void record(long value) {
    int bucket = 0;
    while (bucket < upperBounds.length && value > upperBounds[bucket]) {
      bucket++;
    }
    counts[bucket].increment();
    sum.add(value);
  }

  /** Inclusive upper bounds, without the last bucket's, which has none. */
  public long[] upperBounds() {
    return upperBounds.clone();
  }

  /** How many fell into each bucket, that without a bound last. */
  public long[] counts() {
    long[] now = new long[counts.length];
    for (int i = 0; i < now.length; i++) {
      now[i] = counts[i].sum();
    }
    return now;
  }

  /** All values together. */
  public long sum() {
    return sum.sum();
  }

  /** How many values there were. */
  public long count() {
    long all = 0;
    for (LongAdder count : counts) {
      all += count.sum();
    }
    return all;
  }
}
