package io.mooring.raft;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.mooring.api.storage.EngineState;
import io.mooring.api.testing.Covers;
import io.mooring.log.LogConfig;
import io.mooring.log.LogException;
import io.mooring.log.SegmentLog;
import io.mooring.loop.Loop;
import io.mooring.raft.core.Append;
import io.mooring.raft.core.Entry;
import io.mooring.raft.core.EntryId;
import io.mooring.raft.core.HardState;
import io.mooring.raft.core.Persisted;
import io.mooring.sim.SimFileStore;
import io.mooring.sim.SimScheduler;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class RecoveryTest {

  private static final HardState TERM_2 = new HardState(2, 9);

  private final SimScheduler scheduler = new SimScheduler(1);
  private final Loop background = scheduler.loop("background");
  private final SimFileStore store = new SimFileStore(1);
  private final LogConfig config =
      new LogConfig(1, 9, 2_048, 1_024, new SplittableRandom(1)::nextLong);

  /** Entries 1 to 20 of term 2; the commit index as given. */
  private void write(long commitIndex) {
    SegmentLog log = SegmentLog.create(store, config, background);
    for (long i = 1; i <= 20; i++) {
      Entry entry = new Entry(i, 2, Entry.Kind.COMMAND, new byte[100]);
      Persisted persisted = new Persisted(TERM_2, new EntryId(i, 2));
      log.append(new Append(TERM_2, List.of(entry), Math.min(i, commitIndex), persisted));
      scheduler.runReady();
    }
    log.truncateBefore(12);
    scheduler.runReady();
    log.close(false);
  }

  private SegmentLog check(long applied, long term) {
    SegmentLog log = SegmentLog.open(store, config, background, applied);
    Recovery.check(log, new EngineState(applied, term, 1, -1, 0, 0));
    return log;
  }

  @Test
  @Covers("S10")
  void acceptsAnEngineInsideTheLog() {
    write(15);
    SegmentLog log = SegmentLog.open(store, config, background, 20);
    long first = log.previous().index();
    assertThat(first).isBetween(1L, 11L);
    for (long applied = first; applied <= 20; applied++) {
      assertThat(check(applied, 2).anchor()).isEqualTo(new EntryId(applied, 2));
    }
  }

  @Test
  @Covers({"B86", "S10", "F20"})
  void refusesAnEngineBeyondTheLog() {
    write(15);
    assertThatThrownBy(() -> check(21, 2))
        .isInstanceOf(LogException.class)
        .hasMessage("log lost: the engine has applied 21@2, the log ends at 20@2");
  }

  @Test
  @Covers("B86")
  void refusesAnEngineThatTheLogHasLeftBehind() {
    write(15);
    assertThatThrownBy(() -> check(0, 0))
        .hasMessageMatching("the engine has applied only 0@0, the log begins after \\d+@2");
  }

  @Test
  @Covers("B86")
  void refusesAnEngineOfAnotherTerm() {
    write(15);
    assertThatThrownBy(() -> check(18, 1))
        .hasMessage("the engine has applied 18@1, but the log holds 18@2 there");
  }

  @Test
  @Covers({"B83", "R27"})
  void refusesACommitIndexBeyondTheLog() {
    SegmentLog log = SegmentLog.create(store, config, background);
    log.append(new Append(TERM_2, List.of(), 7, new Persisted(TERM_2, EntryId.ZERO)));
    log.close(false);
    assertThatThrownBy(() -> check(0, 0))
        .hasMessage("log lost: index 7 was committed, the log ends at 0@0");
  }

  @Test
  @Covers("F20")
  void refusesAnEmptyLogUnderAFilledEngine() {
    SegmentLog log = SegmentLog.create(store, config, background);
    assertThatThrownBy(() -> Recovery.check(log, new EngineState(5, 1, 3, -1, 1, 10)))
        .hasMessageContaining("log lost");
  }
}
