package io.mooring.api.storage.tck;

import static io.mooring.api.storage.tck.TckAssertions.assertChanges;
import static io.mooring.api.storage.tck.TckAssertions.assertEqualsModel;
import static io.mooring.api.storage.tck.TckAssertions.assertGet;
import static io.mooring.api.storage.tck.TckAssertions.assertRange;
import static io.mooring.api.storage.tck.TckAssertions.assertReader;
import static io.mooring.api.storage.tck.TckStore.bytes;
import static org.assertj.core.api.Assertions.assertThat;

import io.mooring.api.storage.ChangeCursor;
import io.mooring.api.storage.PinRegistry;
import io.mooring.api.storage.Snapshot;
import io.mooring.api.testing.Covers;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** What compaction takes, what it leaves, and when. */
abstract class CompactionCases extends ContractCases {

  private static final byte[] FIRST = {};

  @Test
  @Covers("M5")
  void aTombstoneAtTheCompactRevisionStaysVisible() {
    store.put("gone before", "1").put("gone at", "1").put("stays", "1").put("renewed", "1");
    store.delete("gone before").put("renewed", "2").delete("gone at");
    long at = store.revision();
    store.put("later", "1").commit();
    store.commit(at);
    assertEqualsModel(engine(), store.model());
    reclaimTo(at);
    assertEqualsModel(engine(), store.model());
    try (Snapshot snapshot = engine().snapshot();
        ChangeCursor changes = snapshot.changes(at, at)) {
      assertThat(changes.next()).isTrue();
      assertThat(changes.tombstone()).isTrue();
      assertThat(TckAssertions.copy(changes.key())).isEqualTo(bytes("gone at"));
      assertThat(changes.next()).isFalse();
    }
    reopen();
    assertEqualsModel(engine(), store.model());
    // The key comes back, and the tombstone is compacted at last.
    store.put("gone at", "2").put("gone before", "2").commit();
    assertEqualsModel(engine(), store.model());
    store.commit(store.revision());
    reclaimTo(store.revision());
    assertEqualsModel(engine(), store.model());
  }

  @Test
  @Covers({"M5", "P8"})
  void everyCompactRevisionOfASmallHistory() {
    long last = smallHistory(new Random(5)).revision();
    for (long at = 2; at <= last; at += 3) {
      store.commit(at);
      assertEqualsModel(engine(), store.model());
      reclaimTo(at);
      assertEqualsModel(engine(), store.model());
    }
    reopen();
    assertEqualsModel(engine(), store.model());
  }

  private TckStore smallHistory(Random random) {
    for (int i = 0; i < 80; i++) {
      store.next();
      byte[] key = bytes("k" + random.nextInt(9));
      if (store.model().aliveAt(key, Long.MAX_VALUE) != null && random.nextInt(3) == 0) {
        store.delete(key);
      } else {
        store.put(key, 0, bytes("v" + i));
      }
      if (random.nextInt(4) == 0) {
        store.commit();
      }
    }
    store.commit();
    return store;
  }

  @Test
  @Covers("M7")
  void theRevisionOutlivesAllItsRecords() {
    store.put("a", "1").delete("a").put("b", "1").delete("b").next().commit();
    long revision = store.revision();
    store.commit(revision);
    reclaimTo(revision);
    assertThat(engine().state().revision()).isEqualTo(revision);
    engine().sync();
    crashAndReopen();
    assertThat(engine().state().revision()).isEqualTo(revision);
    assertThat(engine().state().compactRevision()).isEqualTo(revision);
    assertThat(engine().state().keyCount()).isZero();
    store.put("a", "2").commit();
    assertEqualsModel(engine(), store.model());
  }

  @Test
  void reclaimingMakesTheStoreSmaller() {
    for (int round = 0; round < 20; round++) {
      for (int i = 0; i < 50; i++) {
        store.put("key" + i, "payload of round " + round);
      }
      store.commit();
    }
    long before = engine().state().logicalBytes();
    assertThat(before).isEqualTo(store.model().state().logicalBytes());
    long lastRound = store.revision() - 50;
    store.commit(lastRound);
    reclaimTo(lastRound);
    maintainAll();
    assertThat(engine().state().logicalBytes())
        .isBetween(store.model().stateReclaimed().logicalBytes(), before / 2);
    assertEqualsModel(engine(), store.model());
  }

  @Test
  @Covers("S14")
  void anOpenSnapshotKeepsItsHistory() {
    smallHistory(new Random(7));
    ReferenceModel.Commit then = store.model().last();
    try (Snapshot old = engine().snapshot()) {
      for (int round = 0; round < 3; round++) {
        for (int i = 0; i < 9; i++) {
          store.put("k" + i, "new" + round);
        }
        store.commit(store.revision());
        maintainAll();
        assertReader(old, store.model(), then);
      }
    }
    reclaimTo(store.revision());
    assertEqualsModel(engine(), store.model());
  }

  @Test
  void aPinKeepsItsRevisionForLaterSnapshots() {
    smallHistory(new Random(11));
    long pinned = store.revision() / 2;
    try (PinRegistry.Pin pin = pins.pin(pinned, "test", Long.MAX_VALUE)) {
      store.put("k1", "x").delete("k1").put("k1", "y");
      store.commit(store.revision());
      maintainAll();
      assertThat(engine().reclaimedRevision()).isLessThanOrEqualTo(pinned);
      assertThat(pin.broken()).isFalse();
      try (Snapshot later = engine().snapshot()) {
        for (long revision = pinned; revision <= store.revision(); revision++) {
          assertRange(later, store.model(), FIRST, null, revision);
          assertGet(later, store.model(), bytes("k1"), revision);
        }
        assertChanges(later, store.model(), pinned, store.revision());
      }
    }
    reclaimTo(store.revision());
    assertEqualsModel(engine(), store.model());
  }

  @Test
  void aBrokenPinHoldsNothing() {
    smallHistory(new Random(13));
    PinRegistry.Pin pin = pins.pin(3, "test", 100);
    store.commit(store.revision());
    pins.expire(101);
    assertThat(pin.broken()).isTrue();
    reclaimTo(store.revision());
    assertEqualsModel(engine(), store.model());
    pin.close();
  }

  @Test
  @Covers("M6")
  void aCrashInTheMiddleOfReclaimingIsGoneOnFrom() {
    for (int i = 0; i < 60_000; i++) {
      store.next().put(bytes("key" + i % 700), 0, bytes("v" + i));
      if (i % 1_000 == 999) {
        store.commit();
      }
    }
    long at = store.revision() - 100;
    store.commit(at);
    engine().sync();
    engine().maintain();
    crashAndReopen();
    assertThat(engine().state().compactRevision()).isEqualTo(at);
    for (int i = 0; i < 5; i++) {
      assertAtAndAfter(at);
      engine().maintain();
    }
    reclaimTo(at);
    assertAtAndAfter(at);
    store.put("key1", "after").commit(store.revision());
    reclaimTo(store.revision());
    assertAtAndAfter(store.revision());
  }

  private void assertAtAndAfter(long at) {
    TckAssertions.assertState(engine(), store.model());
    try (Snapshot snapshot = engine().snapshot()) {
      assertRange(snapshot, store.model(), FIRST, null, at);
      assertRange(snapshot, store.model(), FIRST, null, store.revision());
      assertChanges(snapshot, store.model(), at, store.revision());
    }
  }

  @Test
  @Covers("M2")
  void aHotKeyIsReadAtAnyOfItsVersions() {
    byte[] hot = bytes("hot");
    for (int i = 0; i < 10_000; i++) {
      store.next().put(hot, 0, bytes("v" + i));
      if (i % 100 == 99) {
        store.commit();
      }
    }
    Random random = new Random(17);
    long startNs = System.nanoTime();
    try (Snapshot snapshot = engine().snapshot()) {
      for (int i = 0; i < 2_000; i++) {
        long revision = 2L + random.nextInt(10_000);
        assertThat(snapshot.get(hot, revision, true).modRevision()).isEqualTo(revision);
      }
      assertThat(snapshot.get(hot, 1, true)).isNull();
    }
    // A walk over every newer version would take minutes on disk; 1 ms a read is generous.
    assertThat(System.nanoTime() - startNs).isLessThan(TimeUnit.SECONDS.toNanos(2));
    store.commit(9_000);
    reclaimTo(9_000);
    try (Snapshot snapshot = engine().snapshot()) {
      for (long revision = 9_000; revision <= store.revision(); revision += 7) {
        assertThat(snapshot.get(hot, revision, true).modRevision()).isEqualTo(revision);
      }
    }
  }

  @Test
  void theCostOfChangesFollowsTheirNumber() {
    for (int i = 0; i < 100_000; i++) {
      store.next().put(bytes("key" + i), 0, bytes("v"));
      if (i % 5_000 == 4_999) {
        store.commit();
      }
    }
    long startNs = System.nanoTime();
    Random random = new Random(19);
    try (Snapshot snapshot = engine().snapshot()) {
      for (int i = 0; i < 1_000; i++) {
        long from = 2L + random.nextInt(99_000);
        try (ChangeCursor changes = snapshot.changes(from, from + 9)) {
          for (long main = from; main < from + 10; main++) {
            assertThat(changes.next()).isTrue();
            assertThat(changes.modRevision()).isEqualTo(main);
          }
          assertThat(changes.next()).isFalse();
        }
      }
    }
    // A thousand scans of 100,000 would take ten times as long.
    assertThat(System.nanoTime() - startNs).isLessThan(TimeUnit.SECONDS.toNanos(2));
  }
}
