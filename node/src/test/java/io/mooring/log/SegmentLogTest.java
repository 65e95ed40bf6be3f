package io.mooring.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.mooring.api.testing.Covers;
import io.mooring.base.CheckFailedException;
import io.mooring.raft.core.Append;
import io.mooring.raft.core.Entry;
import io.mooring.raft.core.EntryId;
import io.mooring.raft.core.HardState;
import io.mooring.raft.core.Persisted;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import org.junit.jupiter.api.Test;

class SegmentLogTest {

  @Test
  @Covers({"S4", "S7", "S16"})
  void holdsWhatWasAppendedAcrossSegmentsAndRestarts() {
    LogHarness h = new LogHarness(1).create();
    for (int round = 0; round < 5; round++) {
      h.fill(60);
      assertThat(h.segmentNames().size()).isGreaterThan(round + 1);
      h.log.close(round % 2 == 0);
      h.store = h.store.kill();
      h.open();
      assertThat(h.log.hardState()).isEqualTo(h.hardState);
      assertThat(h.log.last().index()).isEqualTo(h.entries.size());
      LogHarness.assertSame(h.read(1), h.entries);
    }
  }

  @Test
  void aNewLogIsEmpty() throws IOException {
    LogHarness h = new LogHarness(2);
    assertThat(SegmentLog.exists(h.store)).isFalse();
    h.create();
    assertThat(SegmentLog.exists(h.store)).isTrue();
    assertThat(h.log.last()).isEqualTo(EntryId.ZERO);
    h.log.close(false);
    h.store = h.store.crash();
    h.open();
    assertThat(h.log.hardState()).isEqualTo(HardState.NONE);
    assertThat(h.read(1)).isEmpty();
  }

  @Test
  void readsFromAnIndexWithoutTouchingOlderSegments() {
    LogHarness h = new LogHarness(3).create().fill(200);
    h.log.close(true);
    // Older segments are rotten beyond their headers; nobody asks for them.
    String first = h.segmentNames().get(0);
    byte[] bytes = h.store.bytes(first);
    bytes[SegmentHeader.BYTES + 3] ^= 1;
    h.store.put(first, bytes);
    long from = h.entries.size() - 5L;
    h.open(from);
    assertThat(h.log.anchor()).isEqualTo(EntryId.of(h.entries.get((int) from - 1)));
    LogHarness.assertSame(h.read(from), h.entries.subList((int) from - 1, h.entries.size()));
  }

  @Test
  @Covers({"S11", "R25"})
  void truncatesWholeSegmentsOnly() {
    LogHarness h = new LogHarness(4).create().fill(200);
    int before = h.segmentNames().size();
    h.log.truncateBefore(1);
    h.scheduler.runReady();
    assertThat(h.segmentNames()).hasSize(before);
    h.log.truncateBefore(100);
    h.scheduler.runReady();
    assertThat(h.segmentNames().size()).isLessThan(before);
    assertThat(h.log.previous().index()).isLessThan(100);
    h.log.close(false);
    h.store = h.store.crash();
    h.open(150);
    LogHarness.assertSame(h.read(100), h.entries.subList(99, h.entries.size()));
    // Even when everything is in the engine, the segment in use stays.
    h.log.truncateBefore(h.entries.size() + 1);
    h.scheduler.runReady();
    assertThat(h.segmentNames()).hasSize(1);
    assertThatThrownBy(() -> h.log.truncateBefore(h.entries.size() + 2))
        .isInstanceOf(CheckFailedException.class)
        .hasMessageStartingWith("R25");
  }

  @Test
  void aGroupLargerThanASegmentGetsOneOfItsOwn() {
    LogHarness h = new LogHarness(5).create().fill(3);
    h.append(h.group(4, 20_000));
    h.fill(3);
    h.log.close(false);
    h.store = h.store.kill();
    h.open();
    LogHarness.assertSame(h.read(1), h.entries);
  }

  @Test
  void switchesWithoutAPreparedSegmentWhenTheBackgroundIsSlow() {
    LogHarness h = new LogHarness(6).create();
    for (int i = 0; i < 200; i++) {
      h.append(h.group(2, 100));
    }
    assertThat(h.segmentNames().size()).isGreaterThan(5);
    h.log.close(false);
    h.store = h.store.kill();
    h.open();
    LogHarness.assertSame(h.read(1), h.entries);
  }

  @Test
  @Covers("S3")
  void aPreparationThatFailedIsMadeUpForAtTheNextSwitch() throws IOException {
    LogHarness h = new LogHarness(15).create();
    h.store.failSync = h.store.syncs() + 1;
    h.scheduler.runReady();
    assertThat(h.store.list()).noneMatch(name -> name.startsWith("prepared-"));
    while (h.segmentNames().size() < 2) {
      h.fill(1);
    }
    assertThat(h.store.list()).anyMatch(name -> name.startsWith("prepared-"));
  }

  @Test
  @Covers({"S3"})
  void shortWritesAreFinished() {
    LogHarness h = new LogHarness(7).create();
    h.store.shortWrites = true;
    h.fill(100);
    h.log.close(false);
    h.store = h.store.kill();
    h.open();
    LogHarness.assertSame(h.read(1), h.entries);
  }

  @Test
  @Covers({"S2", "R29", "P24"})
  void aFailedSyncIsFinal() {
    LogHarness h = new LogHarness(8).create().fill(5);
    Append append = h.group(1, 10);
    h.store.failSync = h.store.syncs() + 1;
    assertThatThrownBy(() -> h.log.append(append))
        .isInstanceOf(LogException.class)
        .hasMessageContaining(h.lastSegment())
        .hasMessageContaining("Input/output error");
    assertThatThrownBy(() -> h.log.append(append))
        .isInstanceOf(CheckFailedException.class)
        .hasMessageStartingWith("S2");
  }

  @Test
  @Covers("S3")
  void aFullDiskIsFinalAndLosesNothing() {
    LogHarness h = new LogHarness(9).create().fill(5);
    h.store.capacityBytes = 0;
    assertThatThrownBy(
            () -> {
              for (int i = 0; i < 200; i++) {
                h.append(h.group(1, 100));
              }
            })
        .isInstanceOf(LogException.class)
        .hasMessageContaining("No space left on device");
    h.store = h.store.crash();
    h.store.capacityBytes = Long.MAX_VALUE;
    h.open();
    LogHarness.assertSame(h.read(1).subList(0, h.entries.size()), h.entries);
  }

  @Test
  @Covers({"R26", "R6"})
  void refusesGapsAndFallingTerms() {
    LogHarness h = new LogHarness(10).create().fill(5);
    Append good = h.group(1, 10);
    Entry entry = good.entries().get(0);
    Entry gap = new Entry(entry.index() + 1, entry.term(), entry.kind(), entry.data());
    assertThatThrownBy(
            () -> h.log.append(new Append(good.hardState(), List.of(gap), 0, good.persisted())))
        .hasMessageStartingWith("R26");
  }

  /** A new leader's entries take the place of a tail, over several segments, and again. */
  @Test
  @Covers({"R9", "R11"})
  void replacesATailThatWasNeverCommitted() {
    LogHarness h = new LogHarness(12).create();
    for (int round = 0; round < 30; round++) {
      for (int i = 0; i < 20; i++) {
        Append group = h.group(2, 100);
        // Nothing is committed for long, so that replacements reach back over segments.
        long committed = Math.max(0, h.entries.size() - 100L);
        h.append(new Append(group.hardState(), group.entries(), committed, group.persisted()));
      }
      h.append(h.replacement(3, 100));
      if (round % 3 == 0) {
        h.log.close(round % 2 == 0);
        h.store = h.store.crash();
        h.open();
        LogHarness.assertSame(h.read(1), h.entries);
        assertThat(h.log.last()).isEqualTo(EntryId.of(h.entries.get(h.entries.size() - 1)));
      }
      h.scheduler.runReady();
    }
    assertThat(h.segmentNames().size()).isGreaterThan(3);
  }

  /**
   * A segment's header names the last entry before it, and a new leader may replace that one by an
   * entry in the segment itself. A member that started from the old name could neither follow nor
   * lead from there.
   */
  @Test
  @Covers({"R11", "S10"})
  void neverNamesAReplacedEntryAsTheOneBeforeTheAnchor() {
    LogHarness h = new LogHarness(14).create();
    while (h.segmentNames().size() < 2) {
      Append group = h.group(1, 100);
      h.append(new Append(group.hardState(), group.entries(), 0, group.persisted()));
    }
    long boundary = h.entries.size() - 1L;
    HardState newer = new HardState(h.hardState.term() + 1, 0);
    Entry other = new Entry(boundary, newer.term(), Entry.Kind.COMMAND, new byte[] {1});
    EntryId last = EntryId.of(other);
    h.append(new Append(newer, List.of(other), 0, new Persisted(newer, last)));
    h.fill(1);
    h.log.close(false);
    h.store = h.store.kill();
    h.open(boundary);
    assertThat(h.log.anchor()).isEqualTo(last);
    assertThat(h.log.beforeAnchor()).isEqualTo(last);
    LogHarness.assertSame(
        h.read(boundary + 1), h.entries.subList((int) boundary, h.entries.size()));
    h.open(boundary - 1);
    assertThat(h.log.beforeAnchor().index()).as("where its segment begins").isZero();
  }

  @Test
  @Covers("R9")
  void neverReplacesWhatIsCommitted() {
    LogHarness h = new LogHarness(13).create().fill(20);
    Append next = h.group(1, 10);
    h.append(next);
    Entry committed = h.entries.get((int) h.committed - 1);
    HardState newer = new HardState(h.hardState.term() + 1, 0);
    Entry other = new Entry(committed.index(), newer.term(), Entry.Kind.COMMAND, new byte[] {1});
    Persisted persisted = new Persisted(newer, EntryId.of(other));
    assertThatThrownBy(
            () -> h.log.append(new Append(newer, List.of(other), h.committed, persisted)))
        .hasMessageStartingWith("R9");
  }

  @Test
  @Covers("B88")
  void refusesANewerFormat() {
    LogHarness h = new LogHarness(11).create().fill(1);
    h.log.close(false);
    byte[] bytes = h.store.bytes(h.lastSegment());
    ByteBuffer.wrap(bytes).putInt(8, 9);
    h.store.put(h.lastSegment(), bytes);
    assertThatThrownBy(h::open).hasMessageEndingWith("written by format 9, this is 1");
  }
}
