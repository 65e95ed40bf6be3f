package io.mooring.boot;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

/**
 * How long this program has been running, by the monotonic clock. The JVM's own beginning is asked
 * of the kernel, by the age of the main thread; where that cannot be, time counts from the loading
 * of this class. The process is older: it was the launcher, perhaps for a whole build.
 */
final class StartClock {

  /** Unit of times in /proc: every Linux that we run on reports hundredths of a second. */
  private static final long TICK_MS = 10;

  /** Far more than a JVM takes to reach its first class; beyond it the two clocks differ. */
  private static final long MAX_BEFORE_MS = 5_000;

  private static final int START_TIME_FIELD = 19;

  private static final long LOADED_NS = System.nanoTime();
  private static final long BEFORE_MS = beforeMs();

  private StartClock() {}

  /** Starts counting; to be called first of all, on the main thread. */
  static void begin() {}

  /** Milliseconds since the start. Any thread. */
  static long elapsedMs() {
    return BEFORE_MS + TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - LOADED_NS);
  }

  private static long beforeMs() {
    try {
      String stat = Files.readString(Path.of("/proc/thread-self/stat"));
      // Behind the name, which is in parentheses and may contain anything.
      String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1);
      long startMs = Long.parseLong(fields[START_TIME_FIELD]) * TICK_MS;
      String uptime = Files.readString(Path.of("/proc/uptime"));
      long nowMs = (long) (Double.parseDouble(uptime.substring(0, uptime.indexOf(' '))) * 1_000);
      long before = nowMs - startMs;
      return before >= 0 && before <= MAX_BEFORE_MS ? before : 0;
    } catch (IOException | RuntimeException e) {
      return 0;
    }
  }
}
