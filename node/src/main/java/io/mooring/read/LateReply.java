package io.mooring.read;

import io.mooring.api.etcdserverpb.ResponseOp;
import io.mooring.api.etcdserverpb.ResponseOp.ResponseCase;
import io.mooring.api.etcdserverpb.TxnResponse;
import io.mooring.api.storage.Snapshot;
import io.mooring.base.Check;
import io.mooring.base.WireBuffer;
import io.mooring.machine.mvcc.LateReads;
import io.mooring.machine.mvcc.RangeResult;
import io.mooring.machine.mvcc.RangeScan;
import java.util.Iterator;

/**
 * The reply to a transaction or a delete, built as wire bytes while its {@link LateReads} are read.
 * It grows within the reply budget, looked at every {@link #SLICE_BYTES}, so that many large ranges
 * in one transaction are bounded as those of many clients are.
 *
 * <p>One thread, which may wait for a disk.
 */
final class LateReply {

  /** Bytes between looks at the reply budget. */
  private static final int SLICE_BYTES = 256 << 10;

  private static final int OP_BYTES = 64;

  /** Field numbers of {@code TxnResponse}. */
  private static final int TXN_SUCCEEDED = 2;

  private static final int TXN_RESPONSES = 3;

  /** Field numbers of {@code ResponseOp}. */
  private static final int OP_RANGE = 1;

  private static final int OP_PUT = 2;
  private static final int OP_DELETE = 3;
  private static final int OP_TXN = 4;

  private static final int HEADER = 1;
  private static final int HEADER_REVISION = 3;

  /** Field numbers of the key-values in {@code RangeResponse}, and in those of put and delete. */
  private static final int RANGE_KVS = 2;

  private static final int RANGE_MORE = 3;
  private static final int RANGE_COUNT = 4;
  private static final int PUT_PREV_KV = 2;
  private static final int DELETE_DELETED = 2;
  private static final int DELETE_PREV_KVS = 3;

  private final LateReads reads;
  private final Snapshot snapshot;
  private final ReplyShare share;
  private final Iterator<LateReads.Item> items;
  private long keyValueBytes;
  private int shown;

  /** Ends the building when the budget does. */
  private static final class NoRoomException extends RuntimeException {
    private static final long serialVersionUID = 1;

    NoRoomException() {
      super("no room for a reply", null, false, false);
    }
  }

  private LateReply(LateReads reads, Snapshot snapshot, ReplyShare share) {
    this.reads = reads;
    this.snapshot = snapshot;
    this.share = share;
    items = reads.items().iterator();
  }

  /**
   * Adds all that follows the header.
   *
   * @param out has the header
   * @param share the reply's; belongs to the caller, also when this throws
   * @return false when the budget did not suffice
   */
  static boolean write(WireBuffer out, LateReads reads, Snapshot snapshot, ReplyShare share) {
    LateReply reply = new LateReply(reads, snapshot, share);
    try {
      TxnResponse txn = reads.txn();
      if (txn == null) {
        reply.read(out, reply.items.next());
      } else {
        reply.txn(out, txn);
      }
    } catch (NoRoomException e) {
      return false;
    }
    Check.that(!reply.items.hasNext(), "something read late has no place");
    return share.cover(out.size());
  }

  private void txn(WireBuffer out, TxnResponse txn) {
    out.boolField(TXN_SUCCEEDED, txn.getSucceeded());
    for (ResponseOp op : txn.getResponsesList()) {
      if (op.getResponseCase() == ResponseCase.RESPONSE_NOT_SET) {
        late(out, items.next());
      } else if (op.hasResponseTxn()) {
        WireBuffer nested = new WireBuffer(OP_BYTES);
        nested.delimited(HEADER, 0); // there, but empty
        txn(nested, op.getResponseTxn());
        op(out, OP_TXN, nested);
      } else {
        out.delimited(TXN_RESPONSES, op.getSerializedSize());
        out.message(op);
        keyValueBytes += op.getSerializedSize();
      }
    }
  }

  private void late(WireBuffer out, LateReads.Item item) {
    WireBuffer response = new WireBuffer(OP_BYTES);
    response.delimited(HEADER, WireBuffer.int64FieldSize(item.headerRevision()));
    response.int64Field(HEADER_REVISION, item.headerRevision());
    read(response, item);
    int field =
        switch (item.kind()) {
          case RANGE -> OP_RANGE;
          case PUT -> OP_PUT;
          case DELETE -> OP_DELETE;
        };
    op(out, field, response);
  }

  private static void op(WireBuffer out, int field, WireBuffer response) {
    WireBuffer head = new WireBuffer(OP_BYTES);
    head.delimited(field, response.size());
    out.delimited(TXN_RESPONSES, head.size() + response.size());
    out.take(head);
    out.take(response);
  }

  private void read(WireBuffer response, LateReads.Item item) {
    shown = 0;
    int field =
        switch (item.kind()) {
          case RANGE -> RANGE_KVS;
          case PUT -> PUT_PREV_KV;
          case DELETE -> DELETE_PREV_KVS;
        };
    RangeResult result;
    try (RangeScan scan =
        reads.scan(
            item,
            snapshot,
            encoded -> {
              shown++;
              keyValueBytes += encoded.remaining();
              response.bytesField(field, encoded);
            })) {
      boolean done = false;
      while (!done) {
        done = scan.advance(Integer.MAX_VALUE, SLICE_BYTES);
        if (!share.cover(keyValueBytes + scan.heldBytes())) {
          throw new NoRoomException();
        }
      }
      result = scan.result();
    }
    switch (item.kind()) {
      case RANGE -> {
        response.boolField(RANGE_MORE, result.more());
        response.int64Field(RANGE_COUNT, result.count());
      }
      case PUT -> Check.that(shown == 1, "a put replaced one version", shown);
      case DELETE -> response.int64Field(DELETE_DELETED, shown);
    }
  }
}
