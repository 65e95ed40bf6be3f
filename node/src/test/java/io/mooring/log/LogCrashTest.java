package io.mooring.log;

import static org.assertj.core.api.Assertions.assertThat;

import io.mooring.api.testing.Covers;
import io.mooring.raft.core.Append;
import io.mooring.raft.core.Entry;
import io.mooring.raft.core.EntryId;
import io.mooring.raft.core.HardState;
import io.mooring.sim.SimCrash;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A log that dies at any call, also while it recovers from having died. */
class LogCrashTest {

  private static final int LIVES = 12;

  private LogHarness h = new LogHarness(0);
  private @Nullable Append inFlight;
  private @Nullable EntryId installing;
  private int crashes;
  private int restarts;

  @Test
  @Covers({"P5", "S1", "S3", "S5", "S6", "S7", "F5", "F6", "R9"})
  void whatWasSyncedSurvivesAnySchedule() {
    for (long seed = 1; seed <= 200; seed++) {
      try {
        life(seed);
      } catch (RuntimeException | AssertionError e) {
        throw new AssertionError("seed " + seed + ": " + e.getMessage(), e);
      }
    }
    assertThat(crashes).isGreaterThan(1_000);
    assertThat(restarts).isGreaterThan(100);
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  @Covers({"F4", "F5", "S6", "S7"})
  void everySingleCallMayBeTheLast(boolean powerLoss) {
    for (long call = 1; ; call++) {
      h = new LogHarness(99);
      h.store.crashAtCall = call;
      try {
        h.create();
        h.fill(40);
        h.log.truncateBefore(h.entries.size() / 2);
        h.scheduler.runReady();
        h.log.close(true);
        assertThat(call).isGreaterThan(100);
        return;
      } catch (SimCrash e) {
        h.store = powerLoss ? h.store.crash() : h.store.kill();
      }
      // The group that was being written is unknown here: it may be there, whole, or not at all.
      if (openOrCreate()) {
        int known = h.entries.size();
        assertThat(h.log.last().index()).as("call %d", call).isGreaterThanOrEqualTo(known);
        List<Entry> read = h.read(h.log.previous().index() + 1);
        int first = (int) h.log.previous().index();
        LogHarness.assertSame(read.subList(0, known - first), h.entries.subList(first, known));
      } else {
        assertThat(h.entries).as("call %d", call).isEmpty();
      }
    }
  }

  private void life(long seed) {
    h = new LogHarness(seed);
    for (int life = 0; life < LIVES; life++) {
      h.store.shortWrites = h.random.nextBoolean();
      h.store.crashAtCall = h.store.calls() + 1 + h.random.nextInt(120);
      try {
        openOrCreate();
        verify();
        work();
      } catch (SimCrash e) {
        crashes++;
      }
      h.store = h.random.nextInt(4) > 0 ? h.store.crash() : h.store.kill();
      h.store.crashAtCall = Long.MAX_VALUE;
      // Sometimes it dies again right while it recovers, so the next life may not open this one.
      if (h.random.nextBoolean()) {
        openOrCreate();
        verify();
      }
    }
  }

  private boolean openOrCreate() {
    try {
      boolean exists = SegmentLog.exists(h.store);
      if (exists) {
        h.open(h.random.nextLong(h.committed + 1));
      } else {
        h.create();
      }
      return exists;
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  private void work() {
    int groups = h.random.nextInt(60);
    for (int i = 0; i < groups; i++) {
      boolean replaces = h.random.nextInt(8) == 0 && h.entries.size() > h.committed;
      Append group = replaces ? h.replacement(4, 150) : h.group(h.random.nextInt(4), 150);
      inFlight = group;
      h.append(group);
      inFlight = null;
      if (h.random.nextInt(30) == 0 && h.hardState.term() > 0) {
        installing = h.elsewhere();
        h.restart(installing, stateFor(installing));
        installing = null;
        restarts++;
      }
      if (h.random.nextInt(10) == 0) {
        h.log.truncateBefore(1 + h.random.nextLong(h.committed + 1));
      }
      for (int step = h.random.nextInt(3); step > 0; step--) {
        h.scheduler.step();
      }
    }
    if (h.random.nextInt(3) == 0) {
      h.log.close(true);
    }
  }

  /** The term may have become known with the snapshot, and not be in the log yet. */
  private HardState stateFor(EntryId installed) {
    return installed.term() > h.hardState.term() ? new HardState(installed.term(), 0) : h.hardState;
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  @Covers({"R24", "F5", "F12"})
  void anInstalledSnapshotReplacesTheLogWholeOrNotAtAll(boolean powerLoss) {
    int kept = 0;
    for (long call = 1; ; call++) {
      h = new LogHarness(7).create();
      for (int i = 0; i < 120; i++) {
        Append group = h.group(2, 100);
        h.append(new Append(group.hardState(), group.entries(), 0, group.persisted()));
        h.scheduler.runReady();
      }
      // Nothing was committed; one segment begins where the new log will, and some behind it.
      long begins = Long.parseLong(h.segmentNames().get(2).substring(0, 16), 16);
      EntryId installed = new EntryId(begins - 1, h.hardState.term());
      HardState next = new HardState(h.hardState.term() + 1, 0);
      List<Entry> before = h.read(1);
      long tail = h.log.last().index();
      h.store.crashAtCall = h.store.calls() + call;
      boolean died = false;
      try {
        h.restart(installed, next);
        h.scheduler.runReady();
      } catch (SimCrash e) {
        died = true;
      }
      assertThat(tail).isGreaterThan(installed.index());
      h.store = powerLoss ? h.store.crash() : h.store.kill();
      h.open(installed.index());
      if (h.log.previous().index() == 0) {
        assertThat(died).isTrue();
        kept++;
        LogHarness.assertSame(h.read(1), before);
      } else {
        assertThat(h.log.previous()).isEqualTo(installed);
        assertThat(h.log.anchor()).isEqualTo(installed);
        assertThat(h.log.last()).isEqualTo(installed);
        assertThat(h.log.hardState()).isEqualTo(next);
        assertThat(h.log.commitIndex()).isEqualTo(installed.index());
        assertThat(h.segmentNames()).hasSize(1);
        h.restarted(installed, next);
        h.fill(20).open(installed.index());
        LogHarness.assertSame(
            h.read(installed.index() + 1),
            h.entries.subList((int) installed.index(), h.entries.size()));
      }
      if (!died) {
        assertThat(kept).isPositive();
        assertThat(call).isGreaterThan(kept);
        return;
      }
    }
  }

  /** All that was acknowledged, and at most the one group that was being written. */
  private void verify() {
    EntryId begun = installing;
    installing = null;
    if (begun != null && h.log.previous().equals(begun)) {
      h.restarted(begun, stateFor(begun));
    }
    List<Entry> expected = new ArrayList<>(h.entries);
    Append unknown = inFlight;
    inFlight = null;
    boolean tookInFlight =
        unknown != null
            && h.log.last().equals(unknown.persisted().last())
            && h.log.hardState().equals(unknown.persisted().hardState());
    if (unknown != null && tookInFlight && !unknown.entries().isEmpty()) {
      int from = (int) unknown.entries().get(0).index() - 1;
      expected.subList(from, expected.size()).clear();
      expected.addAll(unknown.entries());
    }
    int first = (int) h.log.previous().index();
    LogHarness.assertSame(h.read(first + 1), expected.subList(first, expected.size()));
    if (unknown != null && tookInFlight) {
      assertThat(h.log.hardState()).isEqualTo(unknown.persisted().hardState());
      h.acknowledged(unknown);
    }
    assertThat(h.log.hardState()).isEqualTo(h.hardState);
    assertThat(h.log.commitIndex()).isLessThanOrEqualTo(h.log.last().index());
  }
}
