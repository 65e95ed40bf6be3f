package io.mooring.raft;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.mooring.api.testing.Covers;
import io.mooring.base.CheckFailedException;
import io.mooring.loop.Loop;
import io.mooring.machine.View;
import io.mooring.raft.core.Entry;
import io.mooring.sim.SimScheduler;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class AppliedNewsTest {

  private final SimScheduler sim = new SimScheduler(1);
  private final Loop loop = sim.loop("raft");
  private final List<Long> turns = new ArrayList<>();
  private final AppliedNews news = new AppliedNews(loop, upTo(0), this::turn);

  private void turn() {
    news.taken();
    turns.add(news.view().appliedIndex());
  }

  private static View upTo(int index) {
    List<Entry> entries = new ArrayList<>();
    for (int i = 1; i <= index; i++) {
      entries.add(new Entry(i, 1, Entry.Kind.EMPTY, new byte[0]));
    }
    return new FakeMachine(new SimScheduler(1).loop("apply"), entries, 1).view();
  }

  @Test
  void everyViewOfTheReplayIsWaitedForAndManyMakeOneTurn() {
    news.published(upTo(1));
    news.published(upTo(2));
    sim.runReady();
    news.published(upTo(3));
    sim.runReady();
    assertThat(turns).containsExactly(2L, 3L);
  }

  @Test
  void nobodyIsWokenForWhatNobodyWaitsFor() {
    assertThat(news.await(false, 0)).isFalse();
    news.published(upTo(1));
    sim.runReady();
    assertThat(turns).isEmpty();
    assertThat(news.view().appliedIndex()).isEqualTo(1);
  }

  @Test
  void whatCameBeforeTheLoopSaidThatItWaitsIsNotMissed() {
    assertThat(news.await(false, 0)).isFalse();
    news.published(upTo(1));
    assertThat(news.await(true, 0)).isTrue();
    assertThat(news.await(true, 1)).isFalse();
    news.published(upTo(2));
    sim.runReady();
    assertThat(turns).containsExactly(2L);
  }

  @Test
  @Covers("R9")
  void whatIsAppliedNeverFalls() {
    news.published(upTo(2));
    assertThatThrownBy(() -> news.published(upTo(1)))
        .isInstanceOf(CheckFailedException.class)
        .hasMessageContaining("R9");
  }
}
