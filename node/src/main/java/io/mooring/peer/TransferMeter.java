package io.mooring.peer;

import io.mooring.base.Histogram;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;

/** What is counted of whole states on their way to, or from, one other member. Any thread. */
public final class TransferMeter {

  private static final long FIRST_BOUND_NS = TimeUnit.MILLISECONDS.toNanos(100);
  private static final int BOUNDS = 10;

  private final AtomicInteger inFlight = new AtomicInteger();
  private final LongAdder succeeded = new LongAdder();
  private final LongAdder failed = new LongAdder();
  private final LongAdder bytes = new LongAdder();
  private final Histogram durationsNs = Histogram.doubling(FIRST_BOUND_NS, BOUNDS);

  TransferMeter() {}

  /** One begins; {@link #ended} follows. */
  void began() {
    inFlight.incrementAndGet();
  }

  void moved(int chunkBytes) {
    bytes.add(chunkBytes);
  }

  /**
   * One has ended.
   *
   * @param well whether the state is in place
   */
  void ended(boolean well, long tookNs) {
    inFlight.decrementAndGet();
    if (well) {
      succeeded.increment();
      durationsNs.record(tookNs);
    } else {
      failed.increment();
    }
  }

  /** Under way. */
  public int inFlight() {
    return inFlight.get();
  }

  /** Those whose state is in place. */
  public long succeeded() {
    return succeeded.sum();
  }

  /** Those that were refused, broke off, or were given up. */
  public long failed() {
    return failed.sum();
  }

  /** Bytes of all of them, in whatever way they ended. */
  public long bytes() {
    return bytes.sum();
  }

  /** How long those took that are in place, loading included. */
  public Histogram durationsNs() {
    return durationsNs;
  }
}
