package io.mooring.raft;

import io.mooring.loop.Loop;
import java.util.concurrent.TimeUnit;

/** Deadlines that cross from one loop to another. */
final class Deadlines {

  /** Far in the future, and far from where differences of nanoseconds overflow. */
  static final long NEVER_NS = TimeUnit.DAYS.toNanos(365);

  private Deadlines() {}

  /** Clocks of two loops may begin anywhere; only what remains can be carried over. */
  static long remainingNs(Loop caller, long deadlineNs) {
    return deadlineNs == Long.MAX_VALUE ? NEVER_NS : deadlineNs - caller.nowNs();
  }
}
