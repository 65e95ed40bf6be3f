package io.mooring.api.storage.ordered;

import io.mooring.api.storage.Version;
import java.nio.ByteBuffer;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * A place that holds one change while it is looked at, wherever it came from: numbers copied out,
 * bytes borrowed from the row, the view or the cursor that they stand in. Reused from change to
 * change; one thread at a time.
 */
final class VersionSlot {

  private static final ByteBuffer NOTHING = ByteBuffer.allocate(0).asReadOnlyBuffer();

  long main;
  int sub;
  long createRevision;
  long version;
  long leaseId;

  // Valid after decodeLinks.
  long previousMain;
  int previousSub;
  int previousBytes;
  int level;

  /** Pairs as in {@link Links#ancestors}, the first {@link #ancestorLongs} of them valid. */
  long[] ancestors = new long[16];

  int ancestorLongs;

  /** Whether the links stand in the row, or in {@link #payloadHolder}, still to be taken. */
  boolean linksPending;

  int linksOffset;
  int linksLength;

  /** Of the stored change; empty where the key stands beside the record instead of inside. */
  ByteBuffer key = NOTHING;

  /** The bytes that hold the payload, and where in them. Borrowed. */
  ByteBuffer payloadHolder = NOTHING;

  int payloadOffset;
  int payloadLength;

  /** Checksum of a payload that is checked only when it is fetched, else {@link #UNCHECKED}. */
  long payloadCrc = UNCHECKED;

  static final long UNCHECKED = -1;

  /** The heap row that the slot shows, null when it shows stored bytes. */
  @Nullable Row row;

  boolean tombstone() {
    return version == 0;
  }

  /** Shows a row of the heap. */
  void show(Row shown) {
    row = shown;
    linksPending = true;
    main = shown.main;
    sub = shown.sub;
    createRevision = shown.createRevision;
    version = shown.version;
    leaseId = shown.leaseId;
    payloadLength = shown.payloadLength;
    payloadCrc = UNCHECKED;
  }

  /** Takes the links of the row shown, which a list never looks at. */
  void takeLinks(Links links) {
    previousMain = links.previousMain;
    previousSub = links.previousSub;
    previousBytes = links.previousBytes;
    level = links.level;
    ancestorLongs = links.ancestors.length;
    if (ancestors.length < ancestorLongs) {
      ancestors = new long[ancestorLongs];
    }
    System.arraycopy(links.ancestors, 0, ancestors, 0, ancestorLongs);
  }

  void clearLinks() {
    previousMain = 0;
    previousSub = 0;
    previousBytes = 0;
    level = 1;
    ancestorLongs = 0;
  }

  void addAncestor(long ancestorMain, long packed) {
    if (ancestorLongs == ancestors.length) {
      ancestors = Arrays.copyOf(ancestors, ancestors.length * 2);
    }
    ancestors[ancestorLongs++] = ancestorMain;
    ancestors[ancestorLongs++] = packed;
  }

  /** A read-only view of the payload, borrowed, its checksum verified. */
  ByteBuffer payload(RecordCodec codec) {
    Row shown = row;
    if (shown != null) {
      return shown.payloadView();
    }
    ByteBuffer payload = payloadHolder.asReadOnlyBuffer();
    payload.limit(payloadOffset + payloadLength).position(payloadOffset);
    if (payloadCrc != UNCHECKED) {
      codec.checkPayload(payload, payloadCrc);
    }
    return payload;
  }

  /** Copies the payload out of whatever it is borrowed from. */
  void detach(RecordCodec codec) {
    if (row == null) {
      RecordCodec.decodeLinks(this);
      payloadHolder = ByteBuffer.wrap(bytesOf(payload(codec)));
      payloadOffset = 0;
      payloadCrc = UNCHECKED;
    }
  }

  /** The change as a heap row. */
  Row toRow(byte[] rowKey, boolean withPayload, boolean deadBefore, RecordCodec codec) {
    Row shown = row;
    if (shown != null) {
      return shown;
    }
    return new Row(
        rowKey,
        main,
        sub,
        createRevision,
        version,
        leaseId,
        withPayload ? bytesOf(payload(codec)) : null,
        payloadLength,
        links(),
        deadBefore);
  }

  /** What describes the change, as a row without payload and links. */
  Row description(byte[] rowKey, boolean deadBefore) {
    return new Row(
        rowKey, main, sub, createRevision, version, leaseId, null, payloadLength, null, deadBefore);
  }

  /** The change for the API; it must not be a tombstone. */
  Version toVersion(byte[] versionKey, boolean withPayload, RecordCodec codec) {
    Row shown = row;
    if (shown != null && (!withPayload || shown.hasPayload())) {
      return shown.toVersion(withPayload);
    }
    byte[] payload = withPayload ? bytesOf(payload(codec)) : null;
    return new Version(versionKey, createRevision, main, sub, version, leaseId, payload);
  }

  /** The links as an object. */
  Links links() {
    RecordCodec.decodeLinks(this);
    if (previousMain == 0) {
      return Links.NONE;
    }
    long[] copy = Arrays.copyOf(ancestors, ancestorLongs);
    return new Links(previousMain, previousSub, previousBytes, level, copy);
  }

  static byte[] bytesOf(ByteBuffer buffer) {
    byte[] bytes = new byte[buffer.remaining()];
    buffer.get(buffer.position(), bytes);
    return bytes;
  }
}
