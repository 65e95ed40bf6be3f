package io.mooring.peer;

import java.util.Random;

/**
 * How long to wait before the next attempt: doubled each time, half of it at random, so that
 * members that lost each other at once do not come back at once.
 */
final class Backoff {

  private final long minNs;
  private final long maxNs;
  private final Random random;
  private long nextNs;

  Backoff(long minNs, long maxNs, Random random) {
    this.minNs = minNs;
    this.maxNs = maxNs;
    this.random = random;
    this.nextNs = minNs;
  }

  /** The wait before this attempt, in nanoseconds. */
  long next() {
    long base = nextNs;
    nextNs = Math.min(maxNs, 2 * base);
    return base / 2 + (long) (random.nextDouble() * (base - base / 2));
  }

  /** An attempt has succeeded. */
  void reset() {
    nextNs = minNs;
  }
}
