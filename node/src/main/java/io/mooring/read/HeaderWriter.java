package io.mooring.read;

import com.google.protobuf.MessageLite;
import io.mooring.base.WireBuffer;

/**
 * Writes {@code ResponseHeader}s of one member, which every response carries as field 1:
 *
 * <pre>
 * | 0a, length | 08 cluster id | 10 member id | 18 revision | 20 raft term |
 * </pre>
 *
 * <p>A message without its header, behind a header, is the encoding of the message with it: field 1
 * comes first. So no response object is built twice. Any thread.
 */
public final class HeaderWriter {

  /** Enough for any header with its tag. */
  public static final int MAX_BYTES = 48;

  private static final int HEADER = 1;
  private static final int REVISION = 3;
  private static final int RAFT_TERM = 4;

  private final byte[] ids;

  /** For a member; both ids are unsigned. */
  public HeaderWriter(long clusterId, long memberId) {
    WireBuffer out = new WireBuffer(2 * 11);
    out.int64Field(1, clusterId);
    out.int64Field(2, memberId);
    ids = out.toByteArray();
  }

  /** Adds the header field. */
  public void write(WireBuffer out, long revision, long raftTerm) {
    int size =
        ids.length + WireBuffer.int64FieldSize(revision) + WireBuffer.int64FieldSize(raftTerm);
    out.delimited(HEADER, size);
    out.bytes(ids, 0, ids.length);
    out.int64Field(REVISION, revision);
    out.int64Field(RAFT_TERM, raftTerm);
  }

  /** Encodes a response that has no header yet, with one. */
  public WireBuffer encode(MessageLite response, long revision, long raftTerm) {
    int size = response.getSerializedSize();
    WireBuffer out = new WireBuffer(MAX_BYTES + size);
    write(out, revision, raftTerm);
    if (size > 0) {
      out.message(response);
    }
    return out;
  }
}
