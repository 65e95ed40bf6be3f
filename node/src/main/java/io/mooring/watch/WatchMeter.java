package io.mooring.watch;

import io.mooring.base.Histogram;
import java.util.concurrent.atomic.LongAdder;

/** What a hub times and counts as it writes to its streams. Any thread reads. */
public final class WatchMeter {

  private final LongAdder events = new LongAdder();
  private final Histogram eventsNs = Histogram.doubling(1_000_000, 14);
  private final Histogram perEventNs = Histogram.doubling(1_000_000, 14);
  private final Histogram controlNs = Histogram.doubling(1_000_000, 14);
  private final Histogram progressNs = Histogram.doubling(1_000_000, 14);

  WatchMeter() {}

  void eventsSent(int count, long tookNs) {
    events.add(count);
    eventsNs.record(tookNs);
    perEventNs.record(tookNs / Math.max(1, count));
  }

  void controlSent(long tookNs) {
    controlNs.record(tookNs);
  }

  void progressSent(long tookNs) {
    progressNs.record(tookNs);
  }

  /** Events written, counted for each watcher that got them. */
  public long events() {
    return events.sum();
  }

  /** Nanoseconds of writing one watcher's events of a turn. */
  public Histogram eventsNs() {
    return eventsNs;
  }

  /** The same, divided by the number of events. */
  public Histogram perEventNs() {
    return perEventNs;
  }

  /** Nanoseconds of answering a creation. */
  public Histogram controlNs() {
    return controlNs;
  }

  /** Nanoseconds of writing a progress notice. */
  public Histogram progressNs() {
    return progressNs;
  }
}
