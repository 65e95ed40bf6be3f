package io.mooring.storage.memory;

import io.mooring.api.storage.Revision;
import io.mooring.api.storage.Version;
import org.jspecify.annotations.Nullable;

/**
 * One change of one key, linked to the change before it. All but the links is immutable.
 *
 * <p>Beside {@code previous} each row has {@code jump}, chosen so that a chain of n rows is
 * searched in O(log n) steps (the skew-binary scheme of Myers' applicative random-access stack): a
 * hot key with 10,000 versions costs an old read about twenty hops.
 *
 * <pre>
 *   age        0 ← 1 ← 2 ← 3 ← 4 ← 5 ← 6      previous
 *   jumps to   0   0   1   ... : the two latest jumps of equal length are joined into one
 * </pre>
 *
 * <p>Compaction cuts {@code previous} and {@code jump} of rows that no reader can want to look
 * behind. A row still above the cut may keep one row below it reachable through its jump; a chain
 * has few such targets, and they go when the row itself is passed by a compaction.
 */
final class Row {

  private static final byte[] NO_BYTES = {};

  final byte[] key;
  final long main;
  final int sub;
  final long createRevision;

  /** Puts since creation; 0 makes this row a tombstone. */
  final long version;

  final long leaseId;
  final byte[] payload;

  private @Nullable Row previous;
  private @Nullable Row jump;

  /** Rows behind this one when it was linked. */
  private int age;

  private Row(
      Revision at, byte[] key, long createRevision, long version, long leaseId, byte[] payload) {
    this.key = key;
    this.main = at.main();
    this.sub = at.sub();
    this.createRevision = createRevision;
    this.version = version;
    this.leaseId = leaseId;
    this.payload = payload;
  }

  static Row put(
      Revision at, byte[] key, long createRevision, long version, long leaseId, byte[] payload) {
    return new Row(at, key, createRevision, version, leaseId, payload);
  }

  static Row tombstone(Revision at, byte[] key) {
    return new Row(at, key, 0, 0, 0, NO_BYTES);
  }

  boolean isTombstone() {
    return version == 0;
  }

  /** What this row adds to {@code EngineState.logicalBytes()}. */
  long logicalBytes() {
    return key.length + (long) payload.length;
  }

  Version toVersion(boolean withPayload) {
    return new Version(
        key, createRevision, main, sub, version, leaseId, withPayload ? payload : null);
  }

  /** Links a row, not published yet, in front of the key's newest one so far. */
  void link(Row newest) {
    previous = newest;
    age = newest.age + 1;
    Row near = newest.jump;
    Row far = near == null ? null : near.jump;
    if (near != null && far != null && newest.age - near.age == near.age - far.age) {
      jump = far;
    } else {
      jump = newest;
    }
  }

  /** Forgets all that is older. Returns the row that was the previous one. */
  @Nullable Row cut() {
    Row cutOff = previous;
    previous = null;
    jump = null;
    return cutOff;
  }

  /** The version alive at a revision, on the chain that starts at {@code newest}; or null. */
  static @Nullable Row aliveAt(@Nullable Row newest, long atRevision) {
    Row row = newest;
    while (row != null && row.main > atRevision) {
      Row far = row.jump;
      row = far != null && far.main > atRevision ? far : row.previous;
    }
    return row == null || row.isTombstone() ? null : row;
  }
}
