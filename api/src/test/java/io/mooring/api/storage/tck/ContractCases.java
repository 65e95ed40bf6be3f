package io.mooring.api.storage.tck;

import static io.mooring.api.storage.tck.TckAssertions.assertEqualsModel;
import static io.mooring.api.storage.tck.TckAssertions.assertRange;
import static io.mooring.api.storage.tck.TckAssertions.assertReader;
import static io.mooring.api.storage.tck.TckAssertions.assertScan;
import static io.mooring.api.storage.tck.TckAssertions.copy;
import static io.mooring.api.storage.tck.TckStore.bytes;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.mooring.api.storage.ChangeCursor;
import io.mooring.api.storage.EngineException;
import io.mooring.api.storage.EngineState;
import io.mooring.api.storage.Revision;
import io.mooring.api.storage.Snapshot;
import io.mooring.api.storage.Table;
import io.mooring.api.storage.Version;
import io.mooring.api.storage.VersionCursor;
import io.mooring.api.storage.WriteBatch;
import io.mooring.api.testing.Covers;
import java.nio.ByteBuffer;
import java.nio.ReadOnlyBufferException;
import java.util.Arrays;
import java.util.List;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** The contract of batches, snapshots and cursors. */
abstract class ContractCases extends TckBase {

  private static final byte[] FIRST = {};
  private static final long NEWEST = Long.MAX_VALUE;

  @Test
  void anEmptyStore() {
    assertThat(engine().name()).isEqualTo(provider().name());
    assertThat(engine().state()).isEqualTo(EngineState.EMPTY);
    assertThat(engine().durableIndex()).isZero();
    assertThat(engine().reclaimedRevision()).isEqualTo(-1);
    assertThat(engine().maintain()).isFalse();
    assertEqualsModel(engine(), store.model());
    try (Snapshot snapshot = engine().snapshot()) {
      assertThat(snapshot.get(bytes("a"), NEWEST, true)).isNull();
      assertThat(snapshot.count(FIRST, null, 1)).isZero();
      assertThat(snapshot.tableGet(Table.META, bytes("a"))).isNull();
      try (ChangeCursor changes = snapshot.changes(1, NEWEST)) {
        assertThat(changes.next()).isFalse();
      }
    }
  }

  @Test
  @Covers({"M1", "M2"})
  void everyFieldComesBack() {
    store.next().put(bytes("a"), 7, bytes("one")).put(bytes("b"), -1, new byte[0]);
    store.next().put(bytes("a"), Long.MIN_VALUE, bytes("two")).delete(bytes("b"));
    store.next().put(bytes("b"), Long.MAX_VALUE, bytes("again"));
    EngineState state = store.commit();
    assertThat(state).isEqualTo(engine().state());
    assertEqualsModel(engine(), store.model());
    try (Snapshot snapshot = engine().snapshot()) {
      Version again = snapshot.get(bytes("b"), 4, true);
      assertThat(again.createRevision()).isEqualTo(4);
      assertThat(again.version()).isEqualTo(1);
      assertThat(again.leaseId()).isEqualTo(Long.MAX_VALUE);
    }
  }

  @Test
  @Covers("P6")
  void aBatchReadsItsOwnWritesAndNobodyElseDoes() {
    store.put("a", "1").put("b", "1").put("c", "1").row(Table.LEASE, bytes("l"), bytes("1"));
    store.commit();
    store.put("a", "2").delete("b").put("d", "2").row(Table.LEASE, bytes("l"), bytes("2"));
    store.noRow(Table.LEASE, bytes("none")).row(Table.LEASE, bytes("m"), bytes("2"));
    WriteBatch batch = store.batch();

    assertThat(batch.latest(bytes("a"), true).payload()).isEqualTo(bytes("2"));
    assertThat(batch.latest(bytes("b"), true)).isNull();
    assertThat(batch.get(bytes("b"), 5, true)).isNotNull();
    assertThat(batch.tableGet(Table.LEASE, bytes("l"))).isEqualTo(bytes("2"));
    for (long revision = 1; revision <= store.revision(); revision++) {
      assertRange(batch, store.model(), FIRST, null, revision);
    }
    assertRange(batch, store.model(), bytes("b"), bytes("d"), NEWEST);
    TckAssertions.assertChanges(batch, store.model(), 1, store.revision());
    assertScan(batch, Table.LEASE, FIRST, null, store.model().table(Table.LEASE));
    assertThat(batch.state().revision()).as("state of the last commit").isEqualTo(4);

    try (Snapshot outside = engine().snapshot()) {
      assertReader(outside, store.model(), store.model().last());
    }
    store.commit();
    assertEqualsModel(engine(), store.model());
  }

  @Test
  @Covers("P6")
  void aDiscardedBatchLeavesNothing() {
    store.put("a", "1").put("b", "1").commit();
    EngineState before = engine().state();
    WriteBatch batch = engine().begin();
    batch.put(new Revision(4, 0), bytes("a"), 2, 2, 0, bytes("2"));
    batch.delete(new Revision(4, 1), bytes("b"));
    batch.put(new Revision(4, 2), bytes("c"), 4, 1, 0, bytes("2"));
    batch.tablePut(Table.META, bytes("x"), bytes("y"));
    batch.discard();
    batch.discard();
    assertThat(engine().state()).isEqualTo(before);
    assertEqualsModel(engine(), store.model());
    store.put("c", "3").delete("a").commit();
    assertEqualsModel(engine(), store.model());
  }

  @Test
  void aCommitWithoutChangesMovesTheAppliedIndex() {
    store.put("a", "1").commit();
    store.commit();
    store.commit();
    assertThat(engine().state().appliedIndex()).isEqualTo(3);
    assertThat(engine().state().revision()).isEqualTo(2);
    assertEqualsModel(engine(), store.model());
  }

  @Test
  @Covers("S14")
  void snapshotsDoNotMove() {
    store.put("a", "1").put("b", "1").row(Table.META, bytes("m"), bytes("1")).commit();
    ReferenceModel.Commit then = store.model().last();
    try (Snapshot old = engine().snapshot();
        VersionCursor walk = old.range(FIRST, null, NEWEST)) {
      assertThat(walk.next()).isTrue();
      store.put("a", "2").delete("b").put("c", "2").put("aa", "2");
      store.row(Table.META, bytes("m"), bytes("2")).commit();
      store.delete("a").commit(store.revision());
      maintainAll();
      assertThat(walk.next()).isTrue();
      assertThat(copy(walk.key())).isEqualTo(bytes("b"));
      assertThat(walk.next()).isFalse();
      assertThat(old.state().revision()).isEqualTo(then.revision());
      assertReader(old, store.model(), then);
    }
    assertEqualsModel(engine(), store.model());
  }

  @Test
  void bordersOfRanges() {
    for (String key : List.of("a", "b", "ba", "bb", "c", "d")) {
      store.put(key, key);
    }
    store.delete("bb").commit();
    byte[][] borders = {
      FIRST, bytes("a"), bytes("b"), bytes("b\0"), bytes("bb"), bytes("c"), bytes("z")
    };
    try (Snapshot snapshot = engine().snapshot()) {
      for (byte[] from : borders) {
        for (byte[] to : borders) {
          for (long revision : new long[] {1, 4, 6, store.revision()}) {
            assertRange(snapshot, store.model(), from, to, revision);
          }
          assertRange(snapshot, store.model(), from, to, NEWEST);
        }
        assertRange(snapshot, store.model(), from, null, NEWEST);
      }
    }
  }

  @Test
  void borrowedBuffersAreReadOnlyAndMayBeMoved() {
    store.put("a", "one").put("b", "two").commit();
    try (Snapshot snapshot = engine().snapshot();
        VersionCursor cursor = snapshot.range(FIRST, null, NEWEST)) {
      assertThat(cursor.next()).isTrue();
      ByteBuffer key = cursor.key();
      ByteBuffer payload = cursor.payload();
      assertThatThrownBy(() -> payload.put(payload.position(), (byte) 0))
          .isInstanceOf(ReadOnlyBufferException.class);
      byte[] kept = copy(payload);
      key.position(key.limit());
      payload.limit(payload.position());
      assertThat(cursor.next()).isTrue();
      assertThat(copy(cursor.key())).isEqualTo(bytes("b"));
      assertThat(copy(cursor.payload())).isEqualTo(bytes("two"));
      assertThat(kept).isEqualTo(bytes("one"));
    }
  }

  @Test
  void versionsOutliveTheirSnapshot() {
    store.put("a", "one").commit();
    Version version;
    try (Snapshot snapshot = engine().snapshot()) {
      version = snapshot.get(bytes("a"), NEWEST, true);
    }
    store.put("a", "two").commit(store.revision());
    maintainAll();
    assertThat(version.payload()).isEqualTo(bytes("one"));
    assertThat(version.key()).isEqualTo(bytes("a"));
  }

  @Test
  @Covers("S14")
  void useAfterCloseIsAnException() {
    store.put("a", "1").row(Table.META, bytes("m"), bytes("1")).commit();
    Snapshot snapshot = engine().snapshot();
    VersionCursor cursor = snapshot.range(FIRST, null, NEWEST);
    assertThat(cursor.next()).isTrue();
    snapshot.close();
    snapshot.close();
    assertClosed(() -> snapshot.get(bytes("a"), NEWEST, true));
    assertClosed(() -> snapshot.range(FIRST, null, NEWEST));
    assertClosed(() -> snapshot.changes(1, 2));
    assertClosed(() -> snapshot.tableGet(Table.META, bytes("m")));
    assertClosed(cursor::next);
    cursor.close();
    assertThat(engine().stats().openSnapshots()).isZero();
    WriteBatch batch = engine().begin();
    batch.discard();
    assertClosed(() -> batch.tablePut(Table.META, bytes("m"), bytes("2")));
    engine().close();
    assertClosed(() -> engine().snapshot());
    assertClosed(() -> engine().begin());
    engine().close();
  }

  /** Runs something that must be refused because what it uses is closed. */
  protected static void assertClosed(Runnable use) {
    assertThatThrownBy(use::run)
        .isInstanceOfSatisfying(
            EngineException.class,
            e -> assertThat(e.kind()).isEqualTo(EngineException.Kind.CLOSED));
  }

  @Test
  void tablesAreApartFromEachOtherAndTheKeys() {
    byte[] longKey = new byte[100_000];
    Arrays.fill(longKey, (byte) 0xff);
    store.put("a", "1");
    for (Table table : Table.values()) {
      store.row(table, bytes("a"), bytes(table.name()));
      store.row(table, new byte[] {0}, new byte[0]);
      store.row(table, new byte[] {(byte) 0xff, 0}, bytes("ff00"));
      store.row(table, longKey, bytes("long"));
    }
    store.commit();
    assertEqualsModel(engine(), store.model());
    store.noRow(Table.AUTH_ROLE, longKey).noRow(Table.MEMBER, bytes("a")).commit();
    assertEqualsModel(engine(), store.model());
    try (Snapshot snapshot = engine().snapshot()) {
      TreeMap<byte[], byte[]> two = new TreeMap<>(Arrays::compareUnsigned);
      two.put(bytes("a"), bytes("LEASE_KEY"));
      two.put(new byte[] {(byte) 0xff, 0}, bytes("ff00"));
      assertScan(snapshot, Table.LEASE_KEY, bytes("a"), longKey, two);
      assertThat(snapshot.tableGet(Table.MEMBER, bytes("a"))).isNull();
    }
  }

  @Test
  void figuresAreSane() {
    for (int i = 0; i < 100; i++) {
      store.put("key" + i, "payload" + i);
    }
    store.commit();
    try (Snapshot snapshot = engine().snapshot()) {
      assertThat(snapshot.state().keyCount()).isEqualTo(100);
      assertThat(engine().stats().openSnapshots()).isEqualTo(1);
    }
    var stats = engine().stats();
    assertThat(stats.openSnapshots()).isZero();
    assertThat(stats.diskBytes()).isGreaterThanOrEqualTo(0);
    assertThat(stats.diskBytesInUse()).isBetween(0L, stats.diskBytes());
    assertThat(stats.heapBytes()).isGreaterThanOrEqualTo(0);
  }
}
