package io.mooring.loop;

import static org.assertj.core.api.Assertions.assertThat;

import io.mooring.sim.SimScheduler;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class PeriodicTest {

  private final SimScheduler scheduler = new SimScheduler(1);
  private final Loop loop = scheduler.loop("some");
  private final List<Long> runs = new ArrayList<>();
  private final Periodic clock = new Periodic(loop, 100, () -> runs.add(loop.nowNs()));

  @Test
  void runsAtOnceAndThenAfterEachPause() {
    long startNs = loop.nowNs();
    clock.start();
    scheduler.advance(250);
    assertThat(runs).hasSize(3);
    assertThat(runs.get(0)).isBetween(startNs, startNs + 50);
  }

  @Test
  void aTaskMayStopItself() {
    List<String> once = new ArrayList<>();
    Periodic[] own = new Periodic[1];
    own[0] =
        new Periodic(
            loop,
            100,
            () -> {
              once.add("run");
              own[0].stop();
            });
    own[0].start();
    scheduler.advance(1_000);
    assertThat(once).hasSize(1);
  }
}
