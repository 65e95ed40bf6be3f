package io.mooring.machine.mvcc;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import io.mooring.api.etcdserverpb.Compare;
import io.mooring.api.etcdserverpb.DeleteRangeRequest;
import io.mooring.api.etcdserverpb.PutRequest;
import io.mooring.api.etcdserverpb.RangeRequest;
import io.mooring.api.etcdserverpb.RangeRequest.SortOrder;
import io.mooring.api.etcdserverpb.RangeRequest.SortTarget;
import io.mooring.api.etcdserverpb.RequestOp;
import io.mooring.api.etcdserverpb.TxnRequest;
import io.mooring.api.internalpb.Command;
import io.mooring.api.testing.Covers;
import io.mooring.error.KvError;
import io.mooring.machine.CommandCodec;
import java.nio.ByteBuffer;
import org.junit.jupiter.api.Test;

/** What the client edge refuses, with the exact refusal, at limit - 1, limit and limit + 1. */
class ValidationTest {

  private static final int MAX_OPS = 128;

  @Test
  @Covers({"B1", "B14"})
  void rangesNeedAKeyAndAKnownSort() {
    RangeRequest plain = RangeRequest.newBuilder().setKey(key("a")).build();
    assertThat(Validation.range(plain)).isNull();
    assertThat(Validation.range(plain.toBuilder().clearKey().setSortOrderValue(9).build()))
        .isEqualTo(KvError.KEY_NOT_PROVIDED);
    assertThat(Validation.range(plain.toBuilder().setSortOrderValue(3).build()))
        .isEqualTo(KvError.INVALID_SORT_OPTION);
    assertThat(Validation.range(plain.toBuilder().setSortTargetValue(5).build()))
        .isEqualTo(KvError.INVALID_SORT_OPTION);
    assertThat(Validation.range(plain.toBuilder().setSortTargetValue(-1).build()))
        .isEqualTo(KvError.INVALID_SORT_OPTION);
  }

  @Test
  void streamsKnowKeyOrderOnly() {
    RangeRequest plain = RangeRequest.newBuilder().setKey(key("a")).build();
    assertThat(Validation.rangeStream(plain)).isNull();
    assertThat(Validation.rangeStream(plain.toBuilder().setSortTarget(SortTarget.VALUE).build()))
        .isNull();
    assertThat(Validation.rangeStream(plain.toBuilder().setSortOrder(SortOrder.ASCEND).build()))
        .isNull();
    assertThat(Validation.rangeStream(plain.toBuilder().setSortOrder(SortOrder.DESCEND).build()))
        .isEqualTo(KvError.STREAM_SORT_UNSUPPORTED);
    assertThat(
            Validation.rangeStream(
                plain.toBuilder()
                    .setSortOrder(SortOrder.ASCEND)
                    .setSortTarget(SortTarget.MOD)
                    .setMinModRevision(1)
                    .build()))
        .isEqualTo(KvError.STREAM_SORT_UNSUPPORTED);
    assertThat(Validation.rangeStream(plain.toBuilder().setMaxCreateRevision(1).build()))
        .isEqualTo(KvError.STREAM_FILTER_UNSUPPORTED);
  }

  @Test
  @Covers({"B2", "B3"})
  void putsCarryOverOrBring() {
    PutRequest put =
        PutRequest.newBuilder().setKey(key("a")).setValue(key("1")).setLease(1).build();
    assertThat(Validation.put(put)).isNull();
    assertThat(Validation.put(put.toBuilder().clearKey().setIgnoreValue(true).build()))
        .isEqualTo(KvError.KEY_NOT_PROVIDED);
    assertThat(Validation.put(put.toBuilder().setIgnoreValue(true).setIgnoreLease(true).build()))
        .isEqualTo(KvError.VALUE_PROVIDED);
    assertThat(Validation.put(put.toBuilder().setIgnoreLease(true).build()))
        .isEqualTo(KvError.LEASE_PROVIDED);
  }

  @Test
  @Covers("B8")
  void theWidestListCounts() {
    for (int list = 0; list < 3; list++) {
      assertThat(Validation.txn(wide(list, MAX_OPS - 1), MAX_OPS)).isNull();
      assertThat(Validation.txn(wide(list, MAX_OPS), MAX_OPS)).isNull();
      assertThat(Validation.txn(wide(list, MAX_OPS + 1), MAX_OPS)).isEqualTo(KvError.TOO_MANY_OPS);
    }
    TxnRequest full = wide(1, MAX_OPS).toBuilder().setSuccess(5, op(wide(1, 1))).build();
    assertThat(Validation.txn(full, MAX_OPS)).isEqualTo(KvError.TOO_MANY_OPS);
  }

  @Test
  @Covers("B11")
  void nestingEndsWithTheOperationsAllowedAndAlwaysBeforeTheStackDoes() {
    int deepest = Validation.MAX_TXN_DEPTH;
    assertThat(Validation.txn(deep(deepest, false), MAX_OPS)).isNull();
    assertThat(Validation.txn(deep(deepest, true), MAX_OPS)).isEqualTo(KvError.TOO_MANY_OPS);
    assertThat(Validation.txn(deep(deepest - 1, true), MAX_OPS)).isNull();
    assertThat(Validation.txn(deep(deepest + 1, false), MAX_OPS)).isEqualTo(KvError.TOO_MANY_OPS);
    assertThat(Validation.txn(deep(deepest + 1, false), 1_000_000)).isEqualTo(KvError.TOO_MANY_OPS);
    assertThat(Validation.txn(deep(1_000, false), 1_000_000)).isEqualTo(KvError.TOO_MANY_OPS);

    // What passes here must pass the decoder of every member.
    Command command = Command.newBuilder().setTxn(deep(deepest, false)).build();
    byte[] entry =
        ByteBuffer.allocate(CommandCodec.HEADER_BYTES + command.getSerializedSize())
            .position(CommandCodec.HEADER_BYTES)
            .put(command.toByteArray())
            .array();
    assertThat(CommandCodec.decode(entry)).isEqualTo(command);
  }

  @Test
  @Covers({"B1", "B12"})
  void everyOperationIsCheckedInBothBranches() {
    TxnRequest unset = TxnRequest.newBuilder().addFailure(RequestOp.getDefaultInstance()).build();
    assertThat(Validation.txn(unset, MAX_OPS)).isEqualTo(KvError.KEY_NOT_FOUND);
    TxnRequest compare = TxnRequest.newBuilder().addCompare(Compare.getDefaultInstance()).build();
    assertThat(Validation.txn(compare, MAX_OPS)).isEqualTo(KvError.KEY_NOT_PROVIDED);
    TxnRequest nested = TxnRequest.newBuilder().addSuccess(op(unset)).build();
    assertThat(Validation.txn(nested, MAX_OPS)).isEqualTo(KvError.KEY_NOT_FOUND);
    // The first finding counts: the compare before the operations.
    TxnRequest both = compare.toBuilder().addSuccess(RequestOp.getDefaultInstance()).build();
    assertThat(Validation.txn(both, MAX_OPS)).isEqualTo(KvError.KEY_NOT_PROVIDED);
  }

  @Test
  void manyOverlappingDeletesAndPutsAreJudgedQuickly() {
    // 128 nested lists of 100 operations each; a quadratic search would take minutes.
    TxnRequest.Builder outer = TxnRequest.newBuilder();
    int next = 0;
    for (int i = 0; i < 20; i++) {
      TxnRequest.Builder inner = TxnRequest.newBuilder();
      for (int j = 0; j < 50; j++) {
        String at = String.format("%06d", next++);
        inner.addSuccess(put("p" + at));
        inner.addSuccess(
            RequestOp.newBuilder()
                .setRequestDeleteRange(
                    DeleteRangeRequest.newBuilder()
                        .setKey(key("d" + at))
                        .setRangeEnd(key("d" + at + "~"))));
      }
      outer.addSuccess(op(inner.build()));
    }
    assertThat(Validation.txn(outer.build(), 1_000)).isNull();
    assertThat(Validation.txn(outer.addSuccess(put("d000500x")).build(), 1_000))
        .isEqualTo(KvError.DUPLICATE_KEY);
  }

  @Test
  void shapesSayWhichPathATransactionTakes() {
    TxnRequest empty = TxnRequest.getDefaultInstance();
    assertThat(TxnShape.readOnly(empty)).isTrue();
    assertThat(TxnShape.serializable(empty)).isTrue();
    RequestOp range = RequestOp.newBuilder().setRequestRange(RangeRequest.newBuilder()).build();
    TxnRequest reads = TxnRequest.newBuilder().addFailure(range).build();
    assertThat(TxnShape.readOnly(reads)).isTrue();
    assertThat(TxnShape.serializable(reads)).isFalse();
    assertThat(TxnShape.readOnly(TxnRequest.newBuilder().addSuccess(op(reads)).build())).isFalse();
    TxnRequest writes = TxnRequest.newBuilder().addFailure(put("abc")).addSuccess(range).build();
    TxnRequest nested = TxnRequest.newBuilder().addSuccess(op(writes)).build();
    assertThat(TxnShape.puts(reads)).isFalse();
    assertThat(TxnShape.puts(nested)).isTrue();
    assertThat(TxnShape.quotaBytes(nested)).isEqualTo(256 + 3);
  }

  /** A transaction with one list filled with compares, puts in success, or puts in failure. */
  private static TxnRequest wide(int list, int count) {
    TxnRequest.Builder txn = TxnRequest.newBuilder();
    for (int i = 0; i < count; i++) {
      switch (list) {
        case 0 -> txn.addCompare(Compare.newBuilder().setKey(key("k")));
        case 1 -> txn.addSuccess(put("k" + i));
        default -> txn.addFailure(put("k" + i));
      }
    }
    return txn.build();
  }

  /** Transactions in each other, the innermost empty or with one put. */
  private static TxnRequest deep(int levels, boolean withPut) {
    TxnRequest txn = TxnRequest.getDefaultInstance();
    if (withPut) {
      txn = TxnRequest.newBuilder().addSuccess(put("a")).build();
    }
    for (int i = 1; i < levels; i++) {
      txn = TxnRequest.newBuilder().addSuccess(op(txn)).build();
    }
    return txn;
  }

  private static RequestOp put(String key) {
    return RequestOp.newBuilder().setRequestPut(PutRequest.newBuilder().setKey(key(key))).build();
  }

  private static RequestOp op(TxnRequest txn) {
    return RequestOp.newBuilder().setRequestTxn(txn).build();
  }

  private static ByteString key(String text) {
    return ByteString.copyFromUtf8(text);
  }
}
