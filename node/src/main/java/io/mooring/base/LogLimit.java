package io.mooring.base;

import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * Keeps what others can provoke at will from flooding the log: some lines in each interval, and how
 * many were left out with the first line of the next. Any thread; meant for what is rare, or is
 * about to end with a connection.
 */
public final class LogLimit {

  /** The lines asked for since an interval began. */
  private record Window(long beganNs, int seen) {}

  private final int lines;
  private final long intervalNs;
  private final AtomicReference<@Nullable Window> window = new AtomicReference<>();

  /**
   * Begins with the first question.
   *
   * @param lines in each interval, 1 or more
   */
  public LogLimit(int lines, long intervalNs) {
    this.lines = lines;
    this.intervalNs = intervalNs;
  }

  /**
   * Asks whether a line may be written now.
   *
   * @param nowNs of a monotonic clock, the same one for all
   * @return what to add to it; null when it must not be written
   */
  public @Nullable String suffix(long nowNs) {
    while (true) {
      Window before = window.get();
      if (before == null || nowNs - before.beganNs() >= intervalNs) {
        if (window.compareAndSet(before, new Window(nowNs, 1))) {
          int leftOut = before == null ? 0 : Math.max(0, before.seen() - lines);
          return leftOut == 0 ? "" : " (and " + leftOut + " more like it before)";
        }
      } else if (window.compareAndSet(before, new Window(before.beganNs(), before.seen() + 1))) {
        return before.seen() < lines ? "" : null;
      }
      // Another thread's line came first.
    }
  }
}
