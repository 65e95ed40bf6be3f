package io.mooring.it;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import com.google.protobuf.Empty;
import com.google.protobuf.Message;
import io.grpc.Status;
import io.grpc.Status.Code;
import io.mooring.api.etcdserverpb.CompactionRequest;
import io.mooring.api.etcdserverpb.Compare;
import io.mooring.api.etcdserverpb.DeleteRangeRequest;
import io.mooring.api.etcdserverpb.DeleteRangeResponse;
import io.mooring.api.etcdserverpb.PutRequest;
import io.mooring.api.etcdserverpb.PutResponse;
import io.mooring.api.etcdserverpb.RangeRequest;
import io.mooring.api.etcdserverpb.RangeResponse;
import io.mooring.api.etcdserverpb.RequestOp;
import io.mooring.api.etcdserverpb.TxnRequest;
import io.mooring.api.etcdserverpb.TxnResponse;
import io.mooring.api.testing.Covers;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Calls of KV that are wrong, over the wire. Each gets etcd's code and text, changes nothing, and
 * leaves other clients alone.
 */
class BadCallsIT {

  private static final ByteString K = ByteString.copyFromUtf8("k");
  private static final ByteString ALL = ByteString.copyFrom(new byte[1]);
  private static final int MAX_MESSAGE_BYTES = 2_097_152;

  @TempDir static Path temp;

  private static TestNode mooring;
  private static RawClient client;
  private static RawClient other;

  /** Of the store, which no bad call may move: k=v is written at 2, again at 3; compacted to 3. */
  private static final long REVISION = 3;

  @BeforeAll
  static void start() {
    mooring = TestNode.start(temp, "memory");
    client = new RawClient(mooring.clientPort());
    other = new RawClient(mooring.clientPort());
    for (int i = 0; i < 2; i++) {
      call("Put", put().build(), PutResponse.getDefaultInstance());
    }
    call("Compact", CompactionRequest.newBuilder().setRevision(REVISION).build());
  }

  @AfterAll
  static void stop() {
    client.close();
    other.close();
    mooring.close();
  }

  @AfterEach
  void nothingHasChanged() {
    RangeRequest all = RangeRequest.newBuilder().setKey(ALL).setRangeEnd(ALL).build();
    RangeResponse store =
        other.call("etcdserverpb.KV/Range", all, RangeResponse.getDefaultInstance()).value();
    assertThat(store.getHeader().getRevision()).isEqualTo(REVISION);
    assertThat(store.getKvsList()).singleElement().matches(kv -> kv.getVersion() == 2);
  }

  private static Status call(String method, Message request) {
    return call(method, request, Empty.getDefaultInstance()).status();
  }

  private static <R extends Message> RawClient.Reply<R> call(
      String method, Message request, R reply) {
    return client.call("etcdserverpb.KV/" + method, request, reply);
  }

  /**
   * A call and its refusal.
   *
   * @param ids of the verification page
   */
  private record Bad(String ids, String method, Message request, Code code, String text) {
    @Override
    public String toString() {
      return ids + " " + method + ": " + text;
    }
  }

  private static Bad bad(String ids, String method, Message.Builder request, String text) {
    return new Bad(ids, method, request.build(), Code.INVALID_ARGUMENT, "etcdserver: " + text);
  }

  private static Bad outOfRange(String ids, String method, Message.Builder request, String text) {
    return new Bad(ids, method, request.build(), Code.OUT_OF_RANGE, "etcdserver: mvcc: " + text);
  }

  private static PutRequest.Builder put() {
    return PutRequest.newBuilder().setKey(K).setValue(ByteString.copyFromUtf8("v"));
  }

  private static RangeRequest.Builder range() {
    return RangeRequest.newBuilder().setKey(K);
  }

  private static DeleteRangeRequest.Builder delete() {
    return DeleteRangeRequest.newBuilder().setKey(K);
  }

  private static TxnRequest.Builder txn() {
    return TxnRequest.newBuilder();
  }

  private static RequestOp op(PutRequest.Builder put) {
    return RequestOp.newBuilder().setRequestPut(put).build();
  }

  private static RequestOp op(TxnRequest.Builder txn) {
    return RequestOp.newBuilder().setRequestTxn(txn).build();
  }

  static Stream<Bad> bad() {
    String noKey = "key is not provided";
    String duplicate = "duplicate key given in txn request";
    String tooMany = "too many operations in txn request";
    TxnRequest.Builder wide = txn();
    TxnRequest.Builder parent = txn();
    for (int i = 0; i < 129; i++) {
      wide.addFailure(op(put().setKey(ByteString.copyFromUtf8("k" + i))));
    }
    for (int i = 0; i < 127; i++) {
      parent.addSuccess(op(put().setKey(ByteString.copyFromUtf8("k" + i))));
    }
    TxnRequest.Builder two = txn().addSuccess(op(put())).addSuccess(op(put()));
    RequestOp deleteK = RequestOp.newBuilder().setRequestDeleteRange(delete()).build();
    return Stream.of(
        bad("B1", "Put", put().clearKey(), noKey),
        bad("B1", "Range", range().clearKey(), noKey),
        bad("B1", "DeleteRange", delete().clearKey(), noKey),
        bad("B1", "Txn", txn().addCompare(Compare.newBuilder()), noKey),
        bad("B1", "Txn", txn().addFailure(op(put().clearKey())), noKey),
        bad("B2", "Put", put().setIgnoreValue(true), "value is provided"),
        bad("B3", "Put", put().setLease(7).setIgnoreLease(true), "lease is provided"),
        bad(
            "B4",
            "Put",
            put().setKey(ByteString.copyFromUtf8("no")).clearValue().setIgnoreValue(true),
            "key not found"),
        new Bad(
            "B5",
            "Put",
            put().setLease(7).build(),
            Code.NOT_FOUND,
            "etcdserver: requested lease not found"),
        bad("B6", "Put", put().setValue(zeros(1_572_864)), "request is too large"),
        bad("B8", "Txn", wide, tooMany),
        bad("B8", "Txn", parent.addSuccess(op(two)), tooMany),
        bad("B9", "Txn", two, duplicate),
        bad("B9", "Txn", txn().addSuccess(deleteK).addSuccess(op(put())), duplicate),
        bad(
            "B9",
            "Txn",
            txn().addSuccess(op(put())).addSuccess(op(txn().addFailure(op(put())))),
            duplicate),
        bad("B12", "Txn", txn().addSuccess(RequestOp.newBuilder()), "key not found"),
        bad("B14", "Range", range().setSortOrderValue(3), "invalid sort option"),
        bad("B14", "Range", range().setSortTargetValue(5), "invalid sort option"),
        outOfRange(
            "B15", "Range", range().setRevision(99), "required revision is a future revision"),
        outOfRange("B16", "Range", range().setRevision(2), "required revision has been compacted"),
        outOfRange(
            "B17",
            "Compact",
            CompactionRequest.newBuilder().setRevision(99),
            "required revision is a future revision"),
        outOfRange(
            "B17",
            "Compact",
            CompactionRequest.newBuilder().setRevision(REVISION),
            "required revision has been compacted"));
  }

  @ParameterizedTest
  @MethodSource
  @Covers({"B1", "B2", "B3", "B4", "B5", "B6", "B8", "B9", "B12", "B14", "B15", "B16", "B17"})
  void bad(Bad call) {
    Status status = call(call.method, call.request);
    assertThat(status.getCode()).isEqualTo(call.code);
    assertThat(status.getDescription()).isEqualTo(call.text);
  }

  @Test
  @Covers("B7")
  void aFrameOverTheTransportsLimitIsRefusedByTheTransport() {
    PutRequest fits = put().setValue(zeros(MAX_MESSAGE_BYTES - 100)).build();
    assertThat(call("Put", fits).getDescription()).isEqualTo("etcdserver: request is too large");
    PutRequest large = put().setValue(zeros(MAX_MESSAGE_BYTES)).build();
    Status status = call("Put", large);
    assertThat(status.getCode()).isEqualTo(Code.RESOURCE_EXHAUSTED);
    assertThat(status.getDescription())
        .isEqualTo(
            "grpc: received message larger than max ("
                + large.getSerializedSize()
                + " vs. "
                + MAX_MESSAGE_BYTES
                + ")");
  }

  @Test
  @Covers("B13")
  void unknownComparesAreToleratedAsEtcdDoes() {
    Compare absurdResult =
        Compare.newBuilder().setKey(K).setResultValue(9).setTargetValue(0).setVersion(1).build();
    Compare absurdTarget = Compare.newBuilder().setKey(K).setTargetValue(9).build();
    for (Compare compare : new Compare[] {absurdResult, absurdTarget}) {
      RawClient.Reply<TxnResponse> reply =
          call("Txn", txn().addCompare(compare).build(), TxnResponse.getDefaultInstance());
      assertThat(reply.value().getSucceeded()).isTrue();
    }
  }

  @Test
  @Covers({"B18", "B19", "B20"})
  void absurdNumbersAndRangesSelectAllOrNothing() {
    assertThat(count(range().setLimit(-1))).isOne();
    assertThat(count(range().setRevision(-1))).isOne();
    assertThat(count(range().setRangeEnd(ByteString.copyFromUtf8("a")))).isZero();
    assertThat(count(range().setMinModRevision(9).setMaxModRevision(1))).isZero();
    DeleteRangeRequest backwards = delete().setRangeEnd(ByteString.copyFromUtf8("a")).build();
    assertThat(
            call("DeleteRange", backwards, DeleteRangeResponse.getDefaultInstance())
                .value()
                .getDeleted())
        .isZero();
  }

  private static int count(RangeRequest.Builder range) {
    return call("Range", range.build(), RangeResponse.getDefaultInstance()).value().getKvsCount();
  }

  private static ByteString zeros(int count) {
    return ByteString.copyFrom(new byte[count]);
  }
}
