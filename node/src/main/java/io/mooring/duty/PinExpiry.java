package io.mooring.duty;

import io.mooring.api.storage.PinRegistry;
import io.mooring.loop.Loop;
import io.mooring.loop.Periodic;

/**
 * Breaks pins whose time is over, so that a reader that is slow or gone holds back removal for a
 * bounded time only. On every member, whoever leads. On the duty loop.
 */
public final class PinExpiry {

  /** How late a pin may be broken. */
  static final long PERIOD_NS = 1_000_000_000;

  private final Periodic clock;

  /** Creates it; nothing runs before {@link #start}. */
  public PinExpiry(Loop loop, PinRegistry pins) {
    this.clock = new Periodic(loop, PERIOD_NS, () -> pins.expire(loop.nowNs()));
  }

  /** Begins to look at the clock. Any thread. */
  public void start() {
    clock.start();
  }

  /** Ends. Any thread. */
  public void stop() {
    clock.stop();
  }
}
