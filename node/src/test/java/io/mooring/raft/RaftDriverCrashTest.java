package io.mooring.raft;

import static org.assertj.core.api.Assertions.assertThat;

import io.mooring.api.testing.Covers;
import io.mooring.machine.Outcome;
import io.mooring.machine.View;
import io.mooring.raft.core.Entry;
import io.mooring.sim.SimCrash;
import io.vertx.core.Future;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** One member that dies at any moment: whatever it acknowledged is there when it comes back. */
class RaftDriverCrashTest {

  private MemberHarness h = new MemberHarness(0);

  /** Index by value, of everything acknowledged in any life. */
  private final Map<String, Long> acknowledged = new TreeMap<>();

  private long highestSeen;
  private int next;

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  @Covers({"P5", "F4", "S10", "R3", "R26"})
  void everySingleStepMayBeTheLast(boolean powerLoss) {
    for (long step = 1; ; step++) {
      begin(7);
      long steps = step;
      h.start();
      for (int i = 0; i < 10; i++) {
        put();
      }
      boolean more = true;
      for (; steps > 0 && more; steps--) {
        more = h.scheduler.step() && h.scheduler.nowNs() < 400_000_000;
        if (steps % 7 == 0) {
          put();
        }
      }
      h.crash(powerLoss);
      h.serve();
      verify("step " + step);
      if (!more) {
        assertThat(step).isGreaterThan(80);
        return;
      }
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  @Covers({"P5", "F3", "F4"})
  void everySingleFileCallMayBeTheLast(boolean powerLoss) {
    for (long call = 1; ; call++) {
      begin(8);
      h.store.crashAtCall = call;
      try {
        h.start();
        for (int round = 0; round < 15; round++) {
          put();
          put();
          h.scheduler.advance(100_000_000);
        }
        assertThat(call).isGreaterThan(40);
        return;
      } catch (SimCrash e) {
        if (h.machine == null) {
          continue;
        }
        h.crash(powerLoss);
      }
      h.serve();
      verify("call " + call);
    }
  }

  @Test
  @Covers({"P5", "P3", "F3", "F5", "R2", "R9"})
  void acknowledgedWritesSurviveAnySchedule() {
    for (long seed = 1; seed <= 150; seed++) {
      try {
        begin(seed);
        lives(seed);
      } catch (RuntimeException | AssertionError e) {
        throw new AssertionError("seed " + seed + ": " + e.getMessage(), e);
      }
    }
  }

  private void begin(long seed) {
    h = new MemberHarness(seed);
    acknowledged.clear();
    highestSeen = 0;
    next = 0;
  }

  private void lives(long seed) {
    long term = 0;
    for (int life = 0; life < 8; life++) {
      h.store.shortWrites = h.random.nextBoolean();
      if (life > 0) {
        h.store.crashAtCall = h.store.calls() + 1 + h.random.nextInt(150);
      }
      try {
        h.start();
        live();
        long now = h.driver.status().term();
        assertThat(now).isGreaterThanOrEqualTo(term);
        term = now;
      } catch (SimCrash e) {
        // The disk decided when; otherwise it is now.
      }
      h.crash(h.random.nextInt(3) > 0);
      h.store.crashAtCall = Long.MAX_VALUE;
    }
    h.serve();
    verify("at the end");
    assertThat(h.fatal).isEmpty();
    assertThat(acknowledged.size()).as("seed %d did something", seed).isGreaterThan(20);
  }

  private void live() {
    for (int i = h.random.nextInt(600); i > 0; i--) {
      switch (h.random.nextInt(6)) {
        case 0 -> put();
        case 1 -> read();
        default -> {
          for (int step = h.random.nextInt(20); step > 0; step--) {
            h.scheduler.step();
          }
        }
      }
    }
  }

  private void put() {
    String value = "v" + next++ + "x".repeat(h.random.nextInt(200));
    Future<Outcome> put = h.put(value);
    put.onSuccess(
        outcome -> {
          acknowledged.put(value, outcome.revision());
          highestSeen = Math.max(highestSeen, outcome.revision());
        });
  }

  private void read() {
    long floor = highestSeen;
    Future<View> read = h.driver.linearizable(h.client, Long.MAX_VALUE);
    read.onSuccess(
        view -> {
          assertThat(view.appliedIndex()).isGreaterThanOrEqualTo(floor);
          // What a read has shown must not vanish either.
          highestSeen = Math.max(highestSeen, view.appliedIndex());
        });
  }

  private void verify(String when) {
    assertThat((long) h.machine.applied.size()).as(when).isGreaterThanOrEqualTo(highestSeen);
    acknowledged.forEach(
        (value, index) ->
            assertThat(MemberHarness.value(h.machine.applied.get((int) (index - 1))))
                .as(when + ", index " + index)
                .isEqualTo(value));
    Set<String> once = new HashSet<>();
    for (Entry entry : h.machine.applied) {
      String value = MemberHarness.value(entry);
      assertThat(value.isEmpty() || once.add(value)).as(when + ", applied twice").isTrue();
    }
  }
}
