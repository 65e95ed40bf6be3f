package io.mooring.api.storage.ordered;

import io.mooring.api.storage.Version;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * One change of a key on the heap: a version or a tombstone, with the links that lead to the
 * versions before it. Immutable but for what the writer thread notes; arrays are frozen.
 *
 * <p>Payload and links either are objects of the row, or stand in a {@link Slab} as part of its
 * stored record. A row in a slab may be used by who writes, and by who is counted among the readers
 * of a heap state that has it; its bytes are somebody else's afterwards.
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

  final int payloadLength;

  /** Null when only what describes the version was fetched, and in a slab. */
  private final byte @Nullable [] payload;

  /** Null in a slab. */
  private final @Nullable Links links;

  final @Nullable Slab slab;

  /** Of the record in the slab: its stored form, with the key inside and the payload at its end. */
  final int recordOffset;

  final int recordLength;

  /** Whether the store may hold a tombstone of this key that merging this row must remove. */
  final boolean deadBefore;

  /**
   * What this change replaced in the overlay, until history has this one. Set by the apply thread
   * before anybody else sees the row, the writer's afterwards.
   */
  @Nullable Row replaced;

  /** Whether latest or dead has this change, or history a later one of the key. The writer's. */
  boolean settled;

  Row(
      byte[] key,
      long main,
      int sub,
      long createRevision,
      long version,
      long leaseId,
      byte @Nullable [] payload,
      int payloadLength,
      @Nullable Links links,
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
    slab = null;
    recordOffset = 0;
    recordLength = 0;
  }

  private Row(Row described, Slab slab, int recordOffset, int recordLength) {
    key = described.key;
    main = described.main;
    sub = described.sub;
    createRevision = described.createRevision;
    version = described.version;
    leaseId = described.leaseId;
    payloadLength = described.payloadLength;
    deadBefore = described.deadBefore;
    payload = null;
    links = null;
    this.slab = slab;
    this.recordOffset = recordOffset;
    this.recordLength = recordLength;
  }

  /** The same change with its record in a slab. */
  Row in(Slab newSlab, int offset, int length) {
    return new Row(this, newSlab, offset, length);
  }

  boolean hasPayload() {
    return slab != null || payload != null;
  }

  /** The payload, which must be there; frozen. */
  byte[] payload() {
    Slab from = slab;
    if (from != null) {
      byte[] copy = new byte[payloadLength];
      from.view.get(recordOffset + recordLength - payloadLength, copy);
      return copy;
    }
    byte[] own = payload;
    if (own == null) {
      throw new IllegalStateException("row without payload");
    }
    return own;
  }

  /** A read-only view of the payload, borrowed for as long as the row may be used. */
  ByteBuffer payloadView() {
    Slab from = slab;
    return from == null
        ? ByteBuffer.wrap(payload()).asReadOnlyBuffer()
        : from.view.slice(recordOffset + recordLength - payloadLength, payloadLength);
  }

  /** The links; made anew each time when the row is in a slab. */
  Links links() {
    Slab from = slab;
    if (from != null) {
      return RecordCodec.linksOf(from.view, recordOffset, main);
    }
    Links own = links;
    if (own == null) {
      throw new IllegalStateException("row without links");
    }
    return own;
  }

  /** Main revision of the change before, 0 for none: {@link #links} for who needs no more of it. */
  long previousMain() {
    Slab from = slab;
    return from == null
        ? links().previousMain
        : RecordCodec.previousMainOf(from.view, recordOffset, main);
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
    return OVERHEAD_BYTES + key.length + (hasPayload() ? payloadLength : 0);
  }

  /** The row for the API; it must not be a tombstone. */
  Version toVersion(boolean withPayload) {
    return new Version(
        key, createRevision, main, sub, version, leaseId, withPayload ? payload() : null);
  }

  /** Compares revisions with a position. */
  int compareRevision(long otherMain, int otherSub) {
    int byMain = Long.compare(main, otherMain);
    return byMain != 0 ? byMain : Integer.compare(sub, otherSub);
  }
}
