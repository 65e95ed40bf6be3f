package io.mooring.log;

import io.mooring.base.Histogram;
import java.util.concurrent.atomic.LongAdder;

/** What the log thread times and counts; it belongs to one {@link SegmentLog}. Any thread reads. */
public final class LogMeter {

  final Histogram fsyncNs = Histogram.doubling(1_000_000, 14);
  final Histogram writeNs = Histogram.doubling(1_000_000, 14);
  final LongAdder writtenBytes = new LongAdder();

  LogMeter() {}

  /** Nanoseconds of each sync of a group. */
  public Histogram fsyncNs() {
    return fsyncNs;
  }

  /** Nanoseconds of each write of a group, without its sync. */
  public Histogram writeNs() {
    return writeNs;
  }

  /** Bytes of groups. */
  public long writtenBytes() {
    return writtenBytes.sum();
  }
}
