package io.mooring.read;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.MessageLite;
import io.mooring.api.etcdserverpb.DeleteRangeResponse;
import io.mooring.api.etcdserverpb.TxnResponse;
import io.mooring.api.storage.Snapshot;
import io.mooring.base.Check;
import io.mooring.base.WireBuffer;
import io.mooring.machine.mvcc.LateReads;

/** Completes replies as a reader does, for tests that compare whole ones. */
public final class LateReplies {

  private LateReplies() {}

  /** The reply, without its header, from what a snapshot shows. */
  public static MessageLite complete(LateReads reads, Snapshot snapshot) {
    WireBuffer out = new WireBuffer(16);
    ReplyShare share = new ReplyShare(new ReplyBudget(1 << 30));
    Check.that(LateReply.write(out, reads, snapshot, share), "room for all");
    try {
      return reads.txn() == null
          ? DeleteRangeResponse.parseFrom(out.toByteArray())
          : TxnResponse.parseFrom(out.toByteArray());
    } catch (InvalidProtocolBufferException e) {
      throw new AssertionError(e);
    }
  }
}
