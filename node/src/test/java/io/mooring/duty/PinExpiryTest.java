package io.mooring.duty;

import static org.assertj.core.api.Assertions.assertThat;

import io.mooring.api.storage.PinRegistry;
import io.mooring.loop.Loop;
import io.mooring.sim.SimScheduler;
import org.junit.jupiter.api.Test;

class PinExpiryTest {

  private static final long SECOND_NS = 1_000_000_000;

  private final SimScheduler scheduler = new SimScheduler(1);
  private final Loop loop = scheduler.loop("duty");
  private final PinRegistry pins = new PinRegistry();
  private final PinExpiry expiry = new PinExpiry(loop, pins);

  @Test
  void aPinIsBrokenSoonAfterItsTimeAndNotBefore() {
    PinRegistry.Pin pin = pins.pin(7, "test", loop.nowNs() + 5 * SECOND_NS);
    expiry.start();
    scheduler.advance(5 * SECOND_NS - 1);
    assertThat(pin.broken()).isFalse();
    assertThat(pins.lowest()).isEqualTo(7);
    scheduler.advance(PinExpiry.PERIOD_NS + 1_000_000);
    assertThat(pin.broken()).isTrue();
    assertThat(pins.lowest()).isEqualTo(Long.MAX_VALUE);
    assertThat(pins.brokenCount()).isEqualTo(1);
  }

  @Test
  void afterAStopNothingIsBroken() {
    PinRegistry.Pin pin = pins.pin(7, "test", loop.nowNs() + SECOND_NS);
    expiry.start();
    expiry.stop();
    scheduler.advance(10 * SECOND_NS);
    assertThat(pin.broken()).isFalse();
  }
}
