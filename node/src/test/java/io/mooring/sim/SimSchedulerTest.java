package io.mooring.sim;

import static org.assertj.core.api.Assertions.assertThat;

import io.mooring.sim.SimScheduler.SimLoop;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class SimSchedulerTest {

  @Test
  void sameSeedSameHistoryAndSeedsDiffer() {
    Set<List<String>> histories = new HashSet<>();
    for (long seed = 0; seed < 20; seed++) {
      assertThat(history(seed)).isEqualTo(history(seed));
      histories.add(history(seed));
    }
    assertThat(histories.size()).isGreaterThan(10);
  }

  private static List<String> history(long seed) {
    SimScheduler sim = new SimScheduler(seed);
    List<String> seen = new ArrayList<>();
    for (String name : List.of("a", "b", "c")) {
      SimLoop loop = sim.loop(name);
      for (int i = 0; i < 3; i++) {
        int n = i;
        loop.execute(() -> seen.add(name + n));
      }
    }
    sim.runReady();
    assertThat(seen).hasSize(9).containsSubsequence("a0", "a1", "a2");
    return seen;
  }

  @Test
  void timeJumpsToTimersAndTheDeadRunNothing() {
    SimScheduler sim = new SimScheduler(1);
    SimLoop loop = sim.loop("a");
    SimLoop dead = sim.loop("b");
    List<Long> seen = new ArrayList<>();
    loop.timer(5_000_000, () -> seen.add(sim.nowNs()));
    dead.timer(1, () -> seen.add(-1L));
    dead.kill();
    sim.advance(1_000_000);
    assertThat(seen).isEmpty();
    sim.advance(10_000_000);
    assertThat(seen).hasSize(1);
    assertThat(seen.get(0)).isBetween(5_000_000L, 5_100_000L);
    assertThat(sim.nowNs()).isEqualTo(11_000_000L);
  }
}
