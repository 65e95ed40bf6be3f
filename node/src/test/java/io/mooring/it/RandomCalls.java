package io.mooring.it;

import com.google.protobuf.ByteString;
import com.google.protobuf.Message;
import io.mooring.api.etcdserverpb.CompactionRequest;
import io.mooring.api.etcdserverpb.CompactionResponse;
import io.mooring.api.etcdserverpb.Compare;
import io.mooring.api.etcdserverpb.Compare.CompareResult;
import io.mooring.api.etcdserverpb.Compare.CompareTarget;
import io.mooring.api.etcdserverpb.DeleteRangeRequest;
import io.mooring.api.etcdserverpb.DeleteRangeResponse;
import io.mooring.api.etcdserverpb.LeaseGrantRequest;
import io.mooring.api.etcdserverpb.LeaseGrantResponse;
import io.mooring.api.etcdserverpb.LeaseKeepAliveRequest;
import io.mooring.api.etcdserverpb.LeaseKeepAliveResponse;
import io.mooring.api.etcdserverpb.LeaseLeasesRequest;
import io.mooring.api.etcdserverpb.LeaseLeasesResponse;
import io.mooring.api.etcdserverpb.LeaseRevokeRequest;
import io.mooring.api.etcdserverpb.LeaseRevokeResponse;
import io.mooring.api.etcdserverpb.LeaseTimeToLiveRequest;
import io.mooring.api.etcdserverpb.LeaseTimeToLiveResponse;
import io.mooring.api.etcdserverpb.PutRequest;
import io.mooring.api.etcdserverpb.PutResponse;
import io.mooring.api.etcdserverpb.RangeRequest;
import io.mooring.api.etcdserverpb.RangeRequest.SortOrder;
import io.mooring.api.etcdserverpb.RangeRequest.SortTarget;
import io.mooring.api.etcdserverpb.RangeResponse;
import io.mooring.api.etcdserverpb.RequestOp;
import io.mooring.api.etcdserverpb.TxnRequest;
import io.mooring.api.etcdserverpb.TxnResponse;
import java.util.Random;

/** Calls of KV and Lease by a seeded random: mostly sensible, some at the borders, some wrong. */
final class RandomCalls {

  private static final String[] KEYS = {
    "a", "aa", "ab", "b", "ba", "bb", "c", "ca", "d", "\u0000", "a\u0000", "\u00ff"
  };
  private static final int MAX_LEASE = 8;

  private final Random random;

  /** Newest revision that a reply has shown; random revisions are taken around it. */
  private long revision = 1;

  RandomCalls(long seed) {
    this.random = new Random(seed);
  }

  /**
   * A unary call.
   *
   * @param path service and method
   * @param reply default instance of its response
   */
  record Call(String path, Message request, Message reply) {}

  /** Tells the generator where the store is. */
  void seen(long newRevision) {
    revision = Math.max(revision, newRevision);
  }

  /** The next call. */
  Call next() {
    int dice = random.nextInt(100);
    if (dice < 26) {
      return new Call("etcdserverpb.KV/Put", put(true), PutResponse.getDefaultInstance());
    }
    if (dice < 55) {
      return new Call("etcdserverpb.KV/Range", range(), RangeResponse.getDefaultInstance());
    }
    if (dice < 63) {
      return new Call(
          "etcdserverpb.KV/DeleteRange", delete(), DeleteRangeResponse.getDefaultInstance());
    }
    if (dice < 83) {
      return new Call(
          "etcdserverpb.KV/Txn", txn(chance(50) ? 2 : 0), TxnResponse.getDefaultInstance());
    }
    if (dice < 86) {
      return new Call(
          "etcdserverpb.KV/Compact",
          CompactionRequest.newBuilder()
              .setRevision(chance(80) ? Math.max(1, revision - random.nextInt(60)) : revision())
              .build(),
          CompactionResponse.getDefaultInstance());
    }
    return lease();
  }

  private Call lease() {
    int dice = random.nextInt(10);
    if (dice < 4) {
      return new Call(
          "etcdserverpb.Lease/LeaseGrant",
          LeaseGrantRequest.newBuilder()
              .setID(1 + random.nextInt(MAX_LEASE))
              .setTTL(chance(90) ? 5000 + random.nextInt(1000) : 9_000_000_001L)
              .build(),
          LeaseGrantResponse.getDefaultInstance());
    }
    if (dice < 6) {
      return new Call(
          "etcdserverpb.Lease/LeaseRevoke",
          LeaseRevokeRequest.newBuilder().setID(1 + random.nextInt(MAX_LEASE)).build(),
          LeaseRevokeResponse.getDefaultInstance());
    }
    if (dice < 7) {
      // A stream, of one request here: that is a unary call on the wire.
      return new Call(
          "etcdserverpb.Lease/LeaseKeepAlive",
          LeaseKeepAliveRequest.newBuilder().setID(random.nextInt(2 + MAX_LEASE) - 1).build(),
          LeaseKeepAliveResponse.getDefaultInstance());
    }
    if (dice < 9) {
      return new Call(
          "etcdserverpb.Lease/LeaseTimeToLive",
          LeaseTimeToLiveRequest.newBuilder()
              .setID(1 + random.nextInt(MAX_LEASE))
              .setKeys(random.nextBoolean())
              .build(),
          LeaseTimeToLiveResponse.getDefaultInstance());
    }
    return new Call(
        "etcdserverpb.Lease/LeaseLeases",
        LeaseLeasesRequest.getDefaultInstance(),
        LeaseLeasesResponse.getDefaultInstance());
  }

  /**
   * A put.
   *
   * @param keeping whether it may ask to keep the value or the lease that is there
   */
  private PutRequest put(boolean keeping) {
    PutRequest.Builder put = PutRequest.newBuilder().setPrevKv(random.nextBoolean());
    if (!chance(2)) {
      put.setKey(key());
    }
    if (keeping && chance(8)) {
      put.setIgnoreValue(true);
    }
    if (keeping && chance(8)) {
      put.setIgnoreLease(true);
    }
    if (!put.getIgnoreValue() || chance(10)) {
      put.setValue(ByteString.copyFromUtf8("v" + random.nextInt(20)));
    }
    if (chance(20) && (!put.getIgnoreLease() || chance(10))) {
      put.setLease(1 + random.nextInt(MAX_LEASE));
    }
    return put.build();
  }

  private RangeRequest range() {
    RangeRequest.Builder range = RangeRequest.newBuilder();
    if (!chance(2)) {
      range.setKey(key());
    }
    range.setRangeEnd(end(range.getKey()));
    if (chance(30)) {
      range.setLimit(random.nextInt(6) - 1);
    }
    if (chance(40)) {
      range.setRevision(revision());
    }
    if (chance(40)) {
      range.setSortOrderValue(random.nextInt(SortOrder.values().length - 1));
      range.setSortTargetValue(random.nextInt(SortTarget.values().length - 1));
    }
    range.setSerializable(chance(30));
    range.setKeysOnly(chance(15));
    range.setCountOnly(chance(15));
    if (chance(15)) {
      range.setMinModRevision(revision());
    }
    if (chance(15)) {
      range.setMaxModRevision(revision());
    }
    if (chance(15)) {
      range.setMinCreateRevision(revision());
    }
    if (chance(15)) {
      range.setMaxCreateRevision(revision());
    }
    return range.build();
  }

  private DeleteRangeRequest delete() {
    DeleteRangeRequest.Builder delete =
        DeleteRangeRequest.newBuilder().setPrevKv(random.nextBoolean());
    if (!chance(2)) {
      delete.setKey(key());
    }
    return delete.setRangeEnd(end(delete.getKey())).build();
  }

  /**
   * A transaction with so many levels below its own. One with none may hold puts that keep what is
   * there: etcd 3.4 checks these against the state before the transaction, and panics when a nested
   * delete has taken the key meanwhile.
   */
  private TxnRequest txn(int depth) {
    return txn(depth, depth == 0);
  }

  private TxnRequest txn(int depth, boolean keeping) {
    TxnRequest.Builder txn = TxnRequest.newBuilder();
    for (int i = random.nextInt(3); i > 0; i--) {
      txn.addCompare(compare());
    }
    for (int i = random.nextInt(4); i > 0; i--) {
      txn.addSuccess(operation(depth, keeping));
    }
    for (int i = random.nextInt(4); i > 0; i--) {
      txn.addFailure(operation(depth, keeping));
    }
    return txn.build();
  }

  private RequestOp operation(int depth, boolean keeping) {
    RequestOp.Builder operation = RequestOp.newBuilder();
    int dice = random.nextInt(100);
    if (dice < 40) {
      return operation.setRequestPut(put(keeping)).build();
    }
    if (dice < 70) {
      return operation.setRequestRange(range()).build();
    }
    if (dice < 85 || depth == 0) {
      return operation.setRequestDeleteRange(delete()).build();
    }
    return operation.setRequestTxn(txn(depth - 1, keeping)).build();
  }

  private Compare compare() {
    Compare.Builder compare =
        Compare.newBuilder()
            .setKey(key())
            .setResultValue(random.nextInt(CompareResult.values().length - 1));
    if (chance(15)) {
      compare.setRangeEnd(end(compare.getKey()));
    }
    CompareTarget target = CompareTarget.forNumber(random.nextInt(5));
    compare.setTarget(target);
    switch (target) {
      case VERSION -> compare.setVersion(random.nextInt(3));
      case CREATE -> compare.setCreateRevision(chance(50) ? 0 : revision());
      case MOD -> compare.setModRevision(chance(30) ? 0 : revision());
      case VALUE -> compare.setValue(ByteString.copyFromUtf8("v" + random.nextInt(20)));
      case LEASE -> compare.setLease(random.nextInt(MAX_LEASE));
      case UNRECOGNIZED -> throw new IllegalStateException();
    }
    return compare.build();
  }

  /** One of few keys, so that calls meet. */
  ByteString key() {
    return ByteString.copyFrom(
        KEYS[random.nextInt(KEYS.length)], java.nio.charset.StandardCharsets.ISO_8859_1);
  }

  /** No end, another key (perhaps below), everything behind, or the end of a prefix. */
  ByteString end(ByteString key) {
    int dice = random.nextInt(10);
    if (dice < 4) {
      return ByteString.EMPTY;
    }
    if (dice < 7) {
      return key();
    }
    if (dice < 9 || key.isEmpty()) {
      return ByteString.copyFrom(new byte[1]);
    }
    byte[] end = key.toByteArray();
    end[end.length - 1]++;
    return ByteString.copyFrom(end);
  }

  /** Around the present, sometimes compacted, of the future, or negative. */
  long revision() {
    int dice = random.nextInt(20);
    if (dice == 0) {
      return revision + 1 + random.nextInt(5);
    }
    if (dice == 1) {
      return -1;
    }
    if (dice == 2) {
      return 1 + random.nextInt((int) revision);
    }
    return Math.max(1, revision - random.nextInt(40));
  }

  /** True in so many of a hundred cases. */
  boolean chance(int percent) {
    return random.nextInt(100) < percent;
  }

  int nextInt(int bound) {
    return random.nextInt(bound);
  }
}
