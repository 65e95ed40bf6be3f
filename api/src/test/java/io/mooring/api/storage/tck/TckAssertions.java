package io.mooring.api.storage.tck;

import static org.assertj.core.api.Assertions.assertThat;

import io.mooring.api.storage.ChangeCursor;
import io.mooring.api.storage.MvccEngine;
import io.mooring.api.storage.Peek;
import io.mooring.api.storage.Snapshot;
import io.mooring.api.storage.Table;
import io.mooring.api.storage.TableCursor;
import io.mooring.api.storage.Version;
import io.mooring.api.storage.VersionCursor;
import io.mooring.api.storage.VersionReader;
import io.mooring.api.storage.tck.ReferenceModel.Change;
import io.mooring.api.storage.tck.ReferenceModel.Commit;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;

/** Comparisons of an engine's answers with the model's. */
public final class TckAssertions {

  private static final byte[] FIRST = {};

  private TckAssertions() {}

  /** Everything that the newest commit lets one ask, asked. For small stores. */
  public static void assertEqualsModel(MvccEngine engine, ReferenceModel model) {
    Commit last = model.last();
    try (Snapshot snapshot = engine.snapshot()) {
      assertThat(snapshot.state()).isEqualTo(engine.state());
      assertState(engine, model);
      assertReader(snapshot, model, last);
    }
    for (byte[] key : model.keys()) {
      assertPeek(engine, model, key, last.revision());
    }
  }

  /** State, with the byte count between what may be kept and what must be. */
  public static void assertState(MvccEngine engine, ReferenceModel model) {
    var actual = engine.state();
    var most = model.state();
    assertThat(actual.withLogicalBytes(0)).isEqualTo(most.withLogicalBytes(0));
    assertThat(actual.logicalBytes())
        .as("logicalBytes")
        .isBetween(model.stateReclaimed().logicalBytes(), most.logicalBytes());
  }

  /** Every readable revision of a reader against the model as of a commit. */
  public static void assertReader(VersionReader reader, ReferenceModel model, Commit as) {
    long lowest = Math.max(1, as.compactRevision());
    for (long revision = lowest; revision <= as.revision(); revision++) {
      assertRange(reader, model, FIRST, null, revision);
    }
    for (byte[] key : model.keys()) {
      for (Change change : model.changes(lowest, as.revision())) {
        if (Arrays.equals(change.key(), key)) {
          assertGet(reader, model, key, change.main());
          assertGet(reader, model, key, Math.max(lowest, change.main() - 1));
        }
      }
      assertGet(reader, model, key, as.revision());
    }
    assertChanges(reader, model, lowest, as.revision());
    assertTables(reader, as.tables());
  }

  /** One point read, with payload and without. */
  public static void assertGet(
      VersionReader reader, ReferenceModel model, byte[] key, long revision) {
    Change expected = model.aliveAt(key, revision);
    Version actual = reader.get(key, revision, true);
    if (expected == null) {
      assertThat(actual).as(() -> "key " + hex(key) + " at " + revision).isNull();
      assertThat(reader.get(key, revision, false)).isNull();
      return;
    }
    assertThat(actual).as(() -> "key " + hex(key) + " at " + revision).isNotNull();
    assertVersion(actual, expected);
    Version bare = reader.get(key, revision, false);
    assertThat(bare.modRevision()).isEqualTo(expected.main());
    assertThat(bare.version()).isEqualTo(expected.version());
  }

  /** A point read from the heap: right, or not known. */
  public static void assertPeek(
      MvccEngine engine, ReferenceModel model, byte[] key, long revision) {
    Peek peek = engine.peek(key, revision);
    if (engine.heapResident()) {
      assertThat(peek.known()).as("peek of a heap engine").isTrue();
    }
    Change expected = model.aliveAt(key, revision);
    if (peek.known() && expected == null) {
      assertThat(peek.version()).as(() -> "peek " + hex(key) + " at " + revision).isNull();
    } else if (peek.known()) {
      assertThat(peek.version()).as(() -> "peek " + hex(key) + " at " + revision).isNotNull();
      assertVersion(peek.version(), expected);
    }
  }

  private static void assertVersion(Version actual, Change expected) {
    assertBytes(actual.key(), expected.key());
    assertThat(actual.createRevision()).isEqualTo(expected.createRevision());
    assertThat(actual.modRevision()).isEqualTo(expected.main());
    assertThat(actual.modSub()).isEqualTo(expected.sub());
    assertThat(actual.version()).isEqualTo(expected.version());
    assertThat(actual.leaseId()).isEqualTo(expected.leaseId());
    assertBytes(actual.payload(), expected.payload());
  }

  /** A walk and a count over one range. */
  public static void assertRange(
      VersionReader reader, ReferenceModel model, byte[] from, byte[] to, long revision) {
    List<Change> expected = model.range(from, to, revision);
    try (VersionCursor cursor = reader.range(from, to, revision)) {
      for (Change change : expected) {
        assertThat(cursor.next())
            .as(() -> "key " + hex(change.key()) + " of the range at " + revision)
            .isTrue();
        assertCursor(cursor, change);
        assertThat(cursor.createRevision()).isEqualTo(change.createRevision());
        assertThat(cursor.version()).isEqualTo(change.version());
        assertThat(cursor.leaseId()).isEqualTo(change.leaseId());
        assertBytes(copy(cursor.payload()), change.payload());
      }
      assertThat(cursor.next()).as("end of the range at %d", revision).isFalse();
      assertThat(cursor.next()).isFalse();
    }
    assertThat(reader.count(from, to, revision))
        .as("count at %d", revision)
        .isEqualTo(expected.size());
  }

  /** Changes of some revisions, in order. */
  public static void assertChanges(
      VersionReader reader, ReferenceModel model, long fromMain, long toMain) {
    try (ChangeCursor cursor = reader.changes(fromMain, toMain)) {
      for (Change change : model.changes(fromMain, toMain)) {
        assertThat(cursor.next()).as("change %d.%d", change.main(), change.sub()).isTrue();
        assertCursor(cursor, change);
        assertThat(cursor.tombstone()).isEqualTo(change.tombstone());
        assertBytes(copy(cursor.payload()), change.payload());
        if (!change.tombstone()) {
          assertThat(cursor.createRevision()).isEqualTo(change.createRevision());
          assertThat(cursor.version()).isEqualTo(change.version());
          assertThat(cursor.leaseId()).isEqualTo(change.leaseId());
        }
      }
      assertThat(cursor.next()).as("end of changes %d to %d", fromMain, toMain).isFalse();
      assertThat(cursor.next()).isFalse();
    }
  }

  private static void assertCursor(VersionCursor cursor, Change change) {
    assertBytes(copy(cursor.key()), change.key());
    assertThat(cursor.modRevision()).isEqualTo(change.main());
    assertThat(cursor.modSub()).isEqualTo(change.sub());
  }

  /** All small tables: scans, and the rows one by one. */
  public static void assertTables(
      VersionReader reader, Map<Table, NavigableMap<byte[], byte[]>> expected) {
    for (Table table : Table.values()) {
      NavigableMap<byte[], byte[]> rows =
          expected.getOrDefault(table, new TreeMap<>(Arrays::compareUnsigned));
      assertScan(reader, table, FIRST, null, rows);
      rows.forEach((key, value) -> assertBytes(reader.tableGet(table, key), value));
    }
  }

  /** One scan of a small table. */
  public static void assertScan(
      VersionReader reader,
      Table table,
      byte[] from,
      byte[] to,
      NavigableMap<byte[], byte[]> expected) {
    try (TableCursor cursor = reader.tableScan(table, from, to)) {
      expected.forEach(
          (key, value) -> {
            assertThat(cursor.next()).as(() -> "row " + hex(key) + " of " + table).isTrue();
            assertBytes(cursor.key(), key);
            assertBytes(cursor.value(), value);
          });
      assertThat(cursor.next()).as("end of %s", table).isFalse();
      assertThat(cursor.next()).isFalse();
    }
  }

  /** The bytes between position and limit of a borrowed buffer. */
  public static byte[] copy(ByteBuffer borrowed) {
    byte[] bytes = new byte[borrowed.remaining()];
    borrowed.get(bytes);
    return bytes;
  }

  /** Faster than an array assertion, which matters at a megabyte a key. */
  private static void assertBytes(byte[] actual, byte[] expected) {
    if (!Arrays.equals(actual, expected)) {
      assertThat(actual == null ? "null" : hex(actual)).isEqualTo(hex(expected));
    }
  }

  private static String hex(byte[] bytes) {
    return bytes.length <= 40
        ? HexFormat.of().formatHex(bytes)
        : HexFormat.of().formatHex(bytes, 0, 40)
            + "... ("
            + bytes.length
            + " bytes, hash "
            + Arrays.hashCode(bytes)
            + ")";
  }
}
