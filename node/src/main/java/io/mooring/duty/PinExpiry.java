package io.mooring.duty;

import io.mooring.api.storage.PinRegistry;
import io.mooring.loop.Loop;

/**
 * Breaks pins whose time is over, so that a reader that is slow or gone holds back removal for a
 * bounded time only. On every member, whoever leads. On the duty loop.
 */
public final class PinExpiry {

  /** How late a pin may be broken. */
  static final long PERIOD_NS = 1_000_000_000;

  private final Loop loop;
  private final PinRegistry pins;
  private boolean stopped;

  /** Creates it; nothing runs before {@link #start}. */
  public PinExpiry(Loop loop, PinRegistry pins) {
    this.loop = loop;
    this.pins = pins;
  }

  /** Begins to look at the clock. Any thread. */
  public void start() {
    loop.execute(this::look);
  }

  /** Ends. Any thread. */
  public void stop() {
    loop.execute(() -> stopped = true);
  }

  private void look() {
    if (!stopped) {
      pins.expire(loop.nowNs());
      loop.timer(PERIOD_NS, this::look);
    }
  }
}
