package io.mooring.transfer;

import io.mooring.base.Histogram;
import java.util.concurrent.TimeUnit;

/** What is counted of states that arrive here and are put in place. Any thread. */
public final class InstallMeter {

  private static final long FIRST_SYNC_BOUND_NS = TimeUnit.MILLISECONDS.toNanos(1);
  private static final int SYNC_BOUNDS = 14;
  private static final long FIRST_SAVE_BOUND_NS = TimeUnit.MILLISECONDS.toNanos(100);
  private static final int SAVE_BOUNDS = 10;

  private final Histogram syncsNs = Histogram.doubling(FIRST_SYNC_BOUND_NS, SYNC_BOUNDS);
  private final Histogram savesNs = Histogram.doubling(FIRST_SAVE_BOUND_NS, SAVE_BOUNDS);

  /** Written on the transfer loop. */
  private volatile boolean installing;

  InstallMeter() {}

  void installing(boolean now) {
    installing = now;
  }

  /** Whether one is being loaded and put in place. */
  public boolean isInstalling() {
    return installing;
  }

  /** Syncs of the whole stream as it was received. */
  public Histogram syncsNs() {
    return syncsNs;
  }

  /** From the first chunk of a stream until all of it was durable. */
  public Histogram savesNs() {
    return savesNs;
  }
}
