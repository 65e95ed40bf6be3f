package io.mooring.peer;

import org.jspecify.annotations.Nullable;

/**
 * Keeps what others can provoke at will from flooding the log: some lines in each interval, and how
 * many were left out with the first line of the next. Confined to the peer loop.
 */
final class LogLimit {

  private final int lines;
  private final long intervalNs;
  private boolean begun;
  private long beganNs;
  private int seen;

  LogLimit(int lines, long intervalNs) {
    this.lines = lines;
    this.intervalNs = intervalNs;
  }

  /**
   * Asks whether a line may be written now.
   *
   * @return what to add to it; null when it must not be written
   */
  @Nullable String suffix(long nowNs) {
    int leftOut = Math.max(0, seen - lines);
    if (!begun || nowNs - beganNs >= intervalNs) {
      begun = true;
      beganNs = nowNs;
      seen = 1;
      return leftOut == 0 ? "" : " (and " + leftOut + " more like it before)";
    }
    seen++;
    return seen <= lines ? "" : null;
  }
}
