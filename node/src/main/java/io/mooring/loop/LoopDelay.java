package io.mooring.loop;

import io.mooring.base.Histogram;

/** Measures, once a second, how late a loop runs what it should run now. Ends with its loop. */
public final class LoopDelay {

  private static final long PERIOD_NS = 1_000_000_000;

  private final String name;
  private final Loop loop;
  private final Histogram delayNs = Histogram.doubling(1_000_000, 14);

  private LoopDelay(String name, Loop loop) {
    this.name = name;
    this.loop = loop;
  }

  /** Begins to measure. Any thread. */
  public static LoopDelay of(String name, Loop loop) {
    LoopDelay delay = new LoopDelay(name, loop);
    delay.again();
    return delay;
  }

  private void again() {
    long dueNs = loop.nowNs() + PERIOD_NS;
    loop.timer(
        PERIOD_NS,
        () -> {
          delayNs.record(Math.max(0, loop.nowNs() - dueNs));
          again();
        });
  }

  /** The loop's name. */
  public String name() {
    return name;
  }

  /** Nanoseconds of delay. Any thread. */
  public Histogram delayNs() {
    return delayNs;
  }
}
