package io.mooring.api.storage.ordered;

import io.mooring.api.storage.Version;
import org.jspecify.annotations.Nullable;

/**
 * One change of a key on the heap: a version or a tombstone, with the links that lead to the
 * versions before it. Immutable; arrays are frozen.
 */
final class Row {

  static final byte[] NO_BYTES = {};

  /** Estimate of the heap that a row takes beside its key and payload. */
  private static final int OVERHEAD_BYTES = 160;

  final byte[] key;
  final long main;
  final int sub;
  final long createRevision;

  /** Puts since creation; 0 marks a tombstone. */
  final long version;

  final long leaseId;

  /** Null when only what describes the version was fetched. */
  final byte @Nullable [] payload;

  final int payloadLength;
  final Links links;

  /** Whether the store may hold a tombstone of this key that merging this row must remove. */
  final boolean deadBefore;

  Row(
      byte[] key,
      long main,
      int sub,
      long createRevision,
      long version,
      long leaseId,
      byte @Nullable [] payload,
      int payloadLength,
      Links links,
      boolean deadBefore) {
    this.key = key;
    this.main = main;
    this.sub = sub;
    this.createRevision = createRevision;
    this.version = version;
    this.leaseId = leaseId;
    this.payload = payload;
    this.payloadLength = payloadLength;
    this.links = links;
    this.deadBefore = deadBefore;
  }

  boolean tombstone() {
    return version == 0;
  }

  /** What the row counts for in {@code EngineState.logicalBytes}. */
  int logicalBytes() {
    return key.length + payloadLength;
  }

  /** What the row counts for in bounds of heap. */
  int heapBytes() {
    return OVERHEAD_BYTES + key.length + (payload == null ? 0 : payload.length);
  }

  /** The row for the API; it must not be a tombstone. */
  Version toVersion(boolean withPayload) {
    return new Version(
        key, createRevision, main, sub, version, leaseId, withPayload ? payload : null);
  }

  /** Compares revisions with a position. */
  int compareRevision(long otherMain, int otherSub) {
    int byMain = Long.compare(main, otherMain);
    return byMain != 0 ? byMain : Integer.compare(sub, otherSub);
  }
}
