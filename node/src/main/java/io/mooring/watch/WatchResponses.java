package io.mooring.watch;

import io.mooring.base.WireBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.function.LongSupplier;

/**
 * Encodes {@code WatchResponse}s (etcd's {@code rpc.proto}) by hand: a head of some forty bytes,
 * then events that are encoded already.
 */
public final class WatchResponses {

  private static final int HEADER = 1;
  private static final int WATCH_ID = 2;
  private static final int CREATED = 3;
  private static final int CANCELED = 4;
  private static final int COMPACT_REVISION = 5;
  private static final int CANCEL_REASON = 6;
  private static final int FRAGMENT = 7;

  /** Watch id of messages that are about no watcher, or about the whole stream. */
  static final long NO_WATCH = -1;

  /** The most bytes that a head can have: nine varints with their tags. */
  private static final int MAX_HEAD_BYTES = 96;

  private final long clusterId;
  private final long memberId;
  private final LongSupplier term;

  /**
   * Creates an encoder.
   *
   * @param clusterId shown in headers
   * @param memberId the answering member
   * @param term the member's current term
   */
  public WatchResponses(long clusterId, long memberId, LongSupplier term) {
    this.clusterId = clusterId;
    this.memberId = memberId;
    this.term = term;
  }

  WireBuffer created(long revision, long watchId) {
    WireBuffer to = head(revision, watchId, 0);
    to.boolField(CREATED, true);
    return to;
  }

  /** A refusal to create; {@code reason} is ASCII. */
  WireBuffer rejected(long revision, String reason) {
    WireBuffer to = head(revision, NO_WATCH, reason.length());
    to.boolField(CREATED, true);
    to.boolField(CANCELED, true);
    to.bytesField(CANCEL_REASON, reason.getBytes(StandardCharsets.US_ASCII));
    return to;
  }

  WireBuffer canceled(long revision, long watchId) {
    WireBuffer to = head(revision, watchId, 0);
    to.boolField(CANCELED, true);
    return to;
  }

  /** As etcd does, the header of this one has no revision. */
  WireBuffer compacted(long watchId, long compactRevision) {
    WireBuffer to = head(0, watchId, 0);
    to.boolField(CANCELED, true);
    to.int64Field(COMPACT_REVISION, compactRevision);
    return to;
  }

  WireBuffer progress(long revision, long watchId) {
    return head(revision, watchId, 0);
  }

  /** Bytes of a response before its events; what fragmenting is decided by. */
  int headBytes(long revision, long watchId) {
    return head(revision, watchId, 0).size();
  }

  /**
   * A response with events.
   *
   * @param events the watcher's, of which those from {@code first} to {@code end}, exclusive, go in
   * @param eventBytes their size together
   */
  WireBuffer events(
      long revision,
      Watcher watcher,
      List<SharedEvent> events,
      int first,
      int end,
      int eventBytes,
      boolean moreFragments) {
    WireBuffer to = head(revision, watcher.id(), eventBytes);
    to.boolField(FRAGMENT, moreFragments);
    for (int i = first; i < end; i++) {
      byte[] encoded = events.get(i).encoded(watcher.spec().prevKv());
      to.bytes(encoded, 0, encoded.length);
    }
    return to;
  }

  private WireBuffer head(long revision, long watchId, int moreBytes) {
    long raftTerm = term.getAsLong();
    int headerBytes =
        WireBuffer.int64FieldSize(clusterId)
            + WireBuffer.int64FieldSize(memberId)
            + WireBuffer.int64FieldSize(revision)
            + WireBuffer.int64FieldSize(raftTerm);
    WireBuffer to = new WireBuffer(MAX_HEAD_BYTES + moreBytes);
    to.delimited(HEADER, headerBytes);
    to.int64Field(1, clusterId);
    to.int64Field(2, memberId);
    to.int64Field(3, revision);
    to.int64Field(4, raftTerm);
    to.int64Field(WATCH_ID, watchId);
    return to;
  }
}
