package io.mooring.base;

/**
 * How long something took, apart for what went well and what did not. In nanoseconds; the bounds
 * are etcd's for whatever a request does: 0.1 ms to 52 s, each twice the one before. Any thread.
 */
public final class DurationsByResult {

  private final Histogram succeeded = Histogram.doubling(100_000, 20);
  private final Histogram failed = Histogram.doubling(100_000, 20);

  /** Adds one. */
  public void record(boolean success, long tookNs) {
    (success ? succeeded : failed).record(tookNs);
  }

  /** Of what went well. */
  public Histogram succeeded() {
    return succeeded;
  }

  /** Of what did not. */
  public Histogram failed() {
    return failed;
  }
}
