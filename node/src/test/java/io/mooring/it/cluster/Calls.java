package io.mooring.it.cluster;

import com.google.protobuf.ByteString;
import io.mooring.api.etcdserverpb.Compare;
import io.mooring.api.etcdserverpb.Compare.CompareResult;
import io.mooring.api.etcdserverpb.Compare.CompareTarget;
import io.mooring.api.etcdserverpb.DeleteRangeRequest;
import io.mooring.api.etcdserverpb.PutRequest;
import io.mooring.api.etcdserverpb.RangeRequest;
import io.mooring.api.etcdserverpb.RangeRequest.SortOrder;
import io.mooring.api.etcdserverpb.RangeRequest.SortTarget;
import io.mooring.api.etcdserverpb.RangeResponse;
import io.mooring.api.etcdserverpb.RequestOp;
import io.mooring.api.etcdserverpb.TxnRequest;
import io.mooring.api.mvccpb.KeyValue;
import io.mooring.check.Operation.Mode;
import io.mooring.check.Version;
import java.util.List;

/** Requests for the operations on registers and lists, and what their answers show. */
public final class Calls {

  private Calls() {}

  /**
   * A read.
   *
   * @param revision to read at, 0 for the newest
   */
  public static RangeRequest get(String register, Mode mode, long revision) {
    return RangeRequest.newBuilder()
        .setKey(bytes(register))
        .setSerializable(mode == Mode.SERIALIZABLE)
        .setRevision(revision)
        .build();
  }

  /** A read of all elements in order. */
  public static RangeRequest list(String list, Mode mode, long revision) {
    String prefix = list + "/";
    return get(prefix, mode, revision).toBuilder()
        .setRangeEnd(KeySpace.endOf(prefix))
        .setSortOrder(SortOrder.ASCEND)
        .setSortTarget(SortTarget.MOD)
        .build();
  }

  public static PutRequest put(String register, String value, boolean previous) {
    return PutRequest.newBuilder()
        .setKey(bytes(register))
        .setValue(bytes(value))
        .setPrevKv(previous)
        .build();
  }

  /** A delete that tells what it deleted. */
  public static DeleteRangeRequest delete(String register) {
    return DeleteRangeRequest.newBuilder().setKey(bytes(register)).setPrevKv(true).build();
  }

  /** A put that insists on the present mod revision, and tells what stands there if it differs. */
  public static TxnRequest compareAndSet(String register, long expectedMod, String value) {
    return TxnRequest.newBuilder()
        .addCompare(
            Compare.newBuilder()
                .setKey(bytes(register))
                .setTarget(CompareTarget.MOD)
                .setResult(CompareResult.EQUAL)
                .setModRevision(expectedMod))
        .addSuccess(RequestOp.newBuilder().setRequestPut(put(register, value, false)))
        .addFailure(RequestOp.newBuilder().setRequestRange(get(register, Mode.LINEARIZABLE, 0)))
        .build();
  }

  /** An element and its twin in one transaction, and the list after it if asked for. */
  public static TxnRequest append(String list, String twin, String value, boolean read) {
    TxnRequest.Builder txn =
        TxnRequest.newBuilder()
            .addSuccess(RequestOp.newBuilder().setRequestPut(put(list + "/" + value, value, false)))
            .addSuccess(RequestOp.newBuilder().setRequestPut(put(twin, value, false)));
    if (read) {
      txn.addSuccess(RequestOp.newBuilder().setRequestRange(list(list, Mode.LINEARIZABLE, 0)));
    }
    return txn.build();
  }

  public static List<Version> versions(RangeResponse response) {
    return versions(response.getKvsList());
  }

  public static List<Version> versions(List<KeyValue> kvs) {
    return kvs.stream()
        .map(kv -> new Version(kv.getValue().toStringUtf8(), kv.getModRevision()))
        .toList();
  }

  private static ByteString bytes(String text) {
    return KeySpace.bytes(text);
  }
}
