package io.mooring.service;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.google.protobuf.ByteString;
import com.google.protobuf.CodedInputStream;
import com.google.protobuf.MessageLite;
import com.google.protobuf.UnknownFieldSet;
import io.grpc.CallOptions;
import io.grpc.MethodDescriptor.MethodType;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.ClientCalls;
import io.mooring.api.etcdserverpb.AlarmRequest;
import io.mooring.api.etcdserverpb.AlarmRequest.AlarmAction;
import io.mooring.api.etcdserverpb.AlarmResponse;
import io.mooring.api.etcdserverpb.AlarmType;
import io.mooring.api.etcdserverpb.CompactionRequest;
import io.mooring.api.etcdserverpb.CompactionResponse;
import io.mooring.api.etcdserverpb.Compare;
import io.mooring.api.etcdserverpb.DeleteRangeRequest;
import io.mooring.api.etcdserverpb.DeleteRangeResponse;
import io.mooring.api.etcdserverpb.MemberListRequest;
import io.mooring.api.etcdserverpb.MemberListResponse;
import io.mooring.api.etcdserverpb.PutRequest;
import io.mooring.api.etcdserverpb.PutResponse;
import io.mooring.api.etcdserverpb.RangeRequest;
import io.mooring.api.etcdserverpb.RangeRequest.SortOrder;
import io.mooring.api.etcdserverpb.RangeRequest.SortTarget;
import io.mooring.api.etcdserverpb.RangeResponse;
import io.mooring.api.etcdserverpb.RangeStreamResponse;
import io.mooring.api.etcdserverpb.RequestOp;
import io.mooring.api.etcdserverpb.StatusRequest;
import io.mooring.api.etcdserverpb.StatusResponse;
import io.mooring.api.etcdserverpb.TxnRequest;
import io.mooring.api.etcdserverpb.TxnResponse;
import io.mooring.api.internalpb.Command;
import io.mooring.api.mvccpb.KeyValue;
import io.mooring.api.testing.Covers;
import io.mooring.base.WireBuffer;
import io.mooring.error.EtcdError;
import io.mooring.error.KvError;
import io.mooring.error.ServerError;
import io.mooring.read.ReplyBudget;
import io.mooring.wire.MemberFixture;
import io.mooring.wire.WireFixture;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Iterator;
import java.util.List;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The services over a real machine and memory engine, called by grpc-java. */
class KvServiceTest {

  private static final ByteString OPEN = ByteString.copyFrom(new byte[1]);

  @TempDir private Path directory;
  private MemberFixture member;

  @BeforeEach
  void start() throws Exception {
    member = new MemberFixture(directory);
  }

  @AfterEach
  void stop() throws Exception {
    member.close();
  }

  private static ByteString bytes(String text) {
    return ByteString.copyFromUtf8(text);
  }

  private PutResponse put(String key, String value) {
    return put(PutRequest.newBuilder().setKey(bytes(key)).setValue(bytes(value)).build());
  }

  private PutResponse put(PutRequest request) {
    return member.call("KV/Put", request, PutResponse.getDefaultInstance());
  }

  private RangeResponse range(RangeRequest request) {
    return member.call("KV/Range", request, RangeResponse.getDefaultInstance());
  }

  private static RangeRequest.Builder all() {
    return RangeRequest.newBuilder().setKey(OPEN).setRangeEnd(OPEN);
  }

  private void assertRefused(String rpc, MessageLite request, EtcdError error) {
    Status status =
        catchThrowableOfType(
                StatusRuntimeException.class,
                () -> member.call(rpc, request, RangeResponse.getDefaultInstance()))
            .getStatus();
    assertThat(status.getCode().value()).isEqualTo(error.code().number());
    assertThat(status.getDescription()).isEqualTo(error.text());
  }

  @Test
  void putThenGet() {
    PutResponse put = put("a", "1");
    assertThat(put.getHeader().getRevision()).isEqualTo(2);
    assertThat(put.getHeader().getClusterId()).isEqualTo(0xcafe);
    assertThat(put.getHeader().getMemberId()).isEqualTo(0x10);
    assertThat(put.getHeader().getRaftTerm()).isEqualTo(1);
    assertThat(put.hasPrevKv()).isFalse();
    PutResponse again =
        put(
            PutRequest.newBuilder()
                .setKey(bytes("a"))
                .setValue(bytes("2"))
                .setPrevKv(true)
                .build());
    assertThat(again.getPrevKv().getValue()).isEqualTo(bytes("1"));
    RangeResponse got = range(RangeRequest.newBuilder().setKey(bytes("a")).build());
    assertThat(got.getHeader().getRevision()).isEqualTo(3);
    assertThat(got.getCount()).isEqualTo(1);
    assertThat(got.getKvs(0))
        .isEqualTo(
            KeyValue.newBuilder()
                .setKey(bytes("a"))
                .setCreateRevision(2)
                .setModRevision(3)
                .setVersion(2)
                .setValue(bytes("2"))
                .build());
    RangeResponse old = range(RangeRequest.newBuilder().setKey(bytes("a")).setRevision(2).build());
    assertThat(old.getKvs(0).getValue()).isEqualTo(bytes("1"));
    assertThat(old.getHeader().getRevision()).isEqualTo(3);
    assertThat(range(RangeRequest.newBuilder().setKey(bytes("b")).build()).getCount()).isZero();
  }

  @Test
  void rangesOfEverySize() {
    for (int i = 0; i < 3000; i++) {
      put(String.format("k%05d", i), "v" + i);
    }
    assertThat(range(all().build()).getKvsCount()).isEqualTo(3000);
    RangeResponse limited = range(all().setLimit(10).build());
    assertThat(limited.getKvsCount()).isEqualTo(10);
    assertThat(limited.getMore()).isTrue();
    assertThat(limited.getCount()).isEqualTo(3000);
    RangeResponse counted = range(all().setCountOnly(true).build());
    assertThat(counted.getKvsCount()).isZero();
    assertThat(counted.getCount()).isEqualTo(3000);
    RangeResponse serializable = range(all().setSerializable(true).setKeysOnly(true).build());
    assertThat(serializable.getKvsCount()).isEqualTo(3000);
    assertThat(serializable.getKvs(7).getValue()).isEqualTo(ByteString.EMPTY);
  }

  @Test
  void aStreamSaysWhatTheRangeSays() {
    for (int i = 0; i < 500; i++) {
      put(String.format("k%05d", i), "v".repeat(i));
    }
    for (long limit : new long[] {0, 1, 10, 11, 499, 500, 501}) {
      RangeRequest request = all().setLimit(limit).build();
      List<RangeStreamResponse> chunks = stream(request);
      RangeResponse.Builder merged = RangeResponse.newBuilder();
      for (int i = 0; i < chunks.size(); i++) {
        RangeResponse part = chunks.get(i).getRangeResponse();
        assertThat(part.hasHeader()).isEqualTo(i == chunks.size() - 1);
        merged.mergeFrom(part);
      }
      assertThat(merged.build()).as("limit %d", limit).isEqualTo(range(request));
    }
    assertThat(stream(all().setCountOnly(true).build()).get(0).getRangeResponse().getCount())
        .isEqualTo(500);
    assertThat(stream(RangeRequest.newBuilder().setKey(bytes("none")).build())).hasSize(1);
    Awaitility.await().until(() -> member.budget.inFlight() == 0);
  }

  private List<RangeStreamResponse> stream(RangeRequest request) {
    Iterator<RangeStreamResponse> replies =
        ClientCalls.blockingServerStreamingCall(
            member.wire.channel(),
            WireFixture.method(
                MethodType.SERVER_STREAMING,
                "/etcdserverpb.KV/RangeStream",
                request,
                RangeStreamResponse.getDefaultInstance()),
            CallOptions.DEFAULT,
            request);
    List<RangeStreamResponse> all = new ArrayList<>();
    replies.forEachRemaining(all::add);
    return all;
  }

  @Test
  void deletesAndTransactions() {
    put("a", "1");
    put("b", "1");
    DeleteRangeResponse deleted =
        member.call(
            "KV/DeleteRange",
            DeleteRangeRequest.newBuilder().setKey(bytes("a")).setPrevKv(true).build(),
            DeleteRangeResponse.getDefaultInstance());
    assertThat(deleted.getDeleted()).isEqualTo(1);
    assertThat(deleted.getPrevKvs(0).getKey()).isEqualTo(bytes("a"));
    TxnRequest.Builder txn =
        TxnRequest.newBuilder()
            .addCompare(
                Compare.newBuilder()
                    .setKey(bytes("b"))
                    .setTarget(Compare.CompareTarget.VERSION)
                    .setVersion(1))
            .addSuccess(RequestOp.newBuilder().setRequestRange(all()));
    TxnResponse read = txn(txn.build());
    assertThat(read.getSucceeded()).isTrue();
    assertThat(read.getHeader().getRevision()).isEqualTo(4);
    assertThat(read.getResponses(0).getResponseRange().getKvsCount()).isEqualTo(1);
    assertThat(read.getResponses(0).getResponseRange().getHeader().getClusterId()).isZero();
    txn.addSuccess(
        RequestOp.newBuilder().setRequestPut(PutRequest.newBuilder().setKey(bytes("c"))));
    TxnResponse written = txn(txn.build());
    assertThat(written.getHeader().getRevision()).isEqualTo(5);
    assertThat(written.getHeader().getMemberId()).isEqualTo(0x10);
  }

  private TxnResponse txn(TxnRequest request) {
    return member.call("KV/Txn", request, TxnResponse.getDefaultInstance());
  }

  @Test
  @Covers("B11")
  void transactionsNestToTheLimitAndNotBeyond() {
    // The reply is as deep as the request: read as another message, of which only the header
    // counts.
    PutResponse reply = member.call("KV/Txn", nested(128), PutResponse.getDefaultInstance());
    assertThat(reply.getHeader().getRevision()).isEqualTo(1);
    assertRefused("KV/Txn", nested(130), KvError.TOO_MANY_OPS);
    assertRefused("KV/Txn", nested(10_000), KvError.TOO_MANY_OPS);
  }

  private static TxnRequest nested(int depth) {
    // Built from bytes outward: a builder would recurse as deep as the message.
    ByteString txn = ByteString.EMPTY;
    for (int i = 0; i < depth; i++) {
      txn = delimited(2, delimited(4, txn));
    }
    try {
      CodedInputStream in = txn.newCodedInput();
      in.setRecursionLimit(3 * depth + 10);
      return TxnRequest.newBuilder()
          .mergeUnknownFields(
              depth < 200 ? UnknownFieldSet.getDefaultInstance() : UnknownFieldSet.parseFrom(txn))
          .mergeFrom(depth < 200 ? in : ByteString.EMPTY.newCodedInput())
          .build();
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  private static ByteString delimited(int field, ByteString content) {
    WireBuffer head = new WireBuffer(16);
    head.delimited(field, content.size());
    return ByteString.copyFrom(head.toByteArray()).concat(content);
  }

  @Test
  void refusesInTheOrderOfEtcd() {
    put("a", "1");
    assertRefused("KV/Range", RangeRequest.getDefaultInstance(), KvError.KEY_NOT_PROVIDED);
    assertRefused("KV/Range", all().setRevision(9).build(), KvError.FUTURE_REVISION);
    assertRefused("KV/Range", all().setSortOrderValue(7).build(), KvError.INVALID_SORT_OPTION);
    assertRefused("KV/Put", PutRequest.getDefaultInstance(), KvError.KEY_NOT_PROVIDED);
    assertRefused(
        "KV/Put",
        PutRequest.newBuilder().setKey(bytes("z")).setIgnoreValue(true).build(),
        KvError.KEY_NOT_FOUND);
    PutRequest large =
        PutRequest.newBuilder()
            .setKey(bytes("a"))
            .setValue(ByteString.copyFrom(new byte[1_600_000]))
            .build();
    assertRefused("KV/Put", large, ServerError.REQUEST_TOO_LARGE);
    // As in etcd a backlog is heard of before the size.
    member.consensus.backlogged(true);
    assertRefused("KV/Put", large, ServerError.TOO_MANY_REQUESTS);
    member.consensus.backlogged(false);
    assertRefused(
        "KV/Compact",
        CompactionRequest.newBuilder().setRevision(9).build(),
        KvError.FUTURE_REVISION);
  }

  @Test
  void compactedRevisionsAreRefusedAndTheLimitIsReadable() {
    put("a", "1");
    put("a", "2");
    put("a", "3");
    member.call(
        "KV/Compact",
        CompactionRequest.newBuilder().setRevision(3).build(),
        CompactionResponse.getDefaultInstance());
    RangeRequest.Builder get = RangeRequest.newBuilder().setKey(bytes("a"));
    assertRefused("KV/Range", get.setRevision(2).build(), KvError.COMPACTED);
    assertThat(range(get.setRevision(3).build()).getKvs(0).getValue()).isEqualTo(bytes("2"));
  }

  @Test
  void withoutConsensusOnlySerializableReadsAnswer() {
    put("a", "1");
    member.consensus.fault(ServerError.TIMEOUT);
    RangeRequest.Builder get = RangeRequest.newBuilder().setKey(bytes("a"));
    assertRefused("KV/Range", get.build(), ServerError.TIMEOUT);
    assertThat(range(get.setSerializable(true).build()).getCount()).isEqualTo(1);
    assertThat(txn(TxnRequest.getDefaultInstance()).getSucceeded()).isTrue();
  }

  @Test
  void statusAlarmsAndMembers() {
    put("a", "1");
    StatusResponse status =
        member.call(
            "Maintenance/Status",
            StatusRequest.getDefaultInstance(),
            StatusResponse.getDefaultInstance());
    assertThat(status.getVersion()).isEqualTo("3.7.1");
    assertThat(status.getDbSizeQuota()).isEqualTo(2147483648L);
    assertThat(status.getDbSize()).isPositive();
    assertThat(status.getErrorsList()).isEmpty();
    assertThat(status.hasDowngradeInfo()).isTrue();
    AlarmRequest.Builder alarm =
        AlarmRequest.newBuilder().setMemberID(0x10).setAlarm(AlarmType.NOSPACE);
    member.call(
        "Maintenance/Alarm",
        alarm.setAction(AlarmAction.ACTIVATE).build(),
        AlarmResponse.getDefaultInstance());
    member.consensus.leader(0);
    StatusResponse ill =
        member.call(
            "Maintenance/Status",
            StatusRequest.getDefaultInstance(),
            StatusResponse.getDefaultInstance());
    assertThat(ill.getErrorsList())
        .containsExactly("etcdserver: no leader", "memberID:16 alarm:NOSPACE");
    MemberListResponse members =
        member.call(
            "Cluster/MemberList",
            MemberListRequest.newBuilder().setLinearizable(true).build(),
            MemberListResponse.getDefaultInstance());
    assertThat(members.getHeader().getRevision()).isZero();
    assertThat(members.getHeader().getMemberId()).isEqualTo(0x10);
  }

  @Test
  void theQuotaRefusesAndRecovers() throws Exception {
    member.close();
    member =
        new MemberFixture(
            directory.resolve("quota"), new ServiceLimits(1_572_864, 128, 10_000), 1 << 20);
    PutRequest large =
        PutRequest.newBuilder()
            .setKey(bytes("a"))
            .setValue(ByteString.copyFrom(new byte[9_000]))
            .build();
    put(large);
    assertRefused("KV/Put", large, KvError.NO_SPACE);
    Awaitility.await().until(() -> member.consensus.view().alarms().noSpace());
    assertRefused(
        "KV/Put", PutRequest.newBuilder().setKey(bytes("")).build(), KvError.KEY_NOT_PROVIDED);
    member.call(
        "KV/DeleteRange",
        DeleteRangeRequest.newBuilder().setKey(bytes("a")).build(),
        DeleteRangeResponse.getDefaultInstance());
    long revision = member.consensus.view().revision();
    member.call(
        "KV/Compact",
        CompactionRequest.newBuilder().setRevision(revision).build(),
        CompactionResponse.getDefaultInstance());
  }

  /** Members may have different quotas: room here says nothing of another. */
  @Test
  void aMemberTakesBackItsOwnAlarmAndNoOther() throws Exception {
    member.close();
    member =
        new MemberFixture(
            directory.resolve("quota"), new ServiceLimits(1_572_864, 128, 10_000), 1 << 20);
    AlarmRequest foreign =
        AlarmRequest.newBuilder()
            .setAction(AlarmAction.ACTIVATE)
            .setMemberID(0x11)
            .setAlarm(AlarmType.NOSPACE)
            .build();
    member.consensus.applyNow(Command.newBuilder().setAlarm(foreign).build());
    assertThat(member.consensus.view().alarms().noSpace()).isTrue();
    assertRefused("KV/Put", PutRequest.newBuilder().setKey(bytes("a")).build(), KvError.NO_SPACE);
    assertThat(member.consensus.view().alarms().noSpace()).isTrue();
    AlarmRequest.Builder own = foreign.toBuilder().setMemberID(0x10);
    member.consensus.applyNow(Command.newBuilder().setAlarm(own).build());
    member.consensus.applyNow(
        Command.newBuilder()
            .setAlarm(foreign.toBuilder().setAction(AlarmAction.DEACTIVATE))
            .build());
    put("a", "1");
    assertThat(member.consensus.view().alarms().noSpace()).isFalse();
  }

  private static TxnRequest.Builder ranges(int count, long limit) {
    TxnRequest.Builder txn = TxnRequest.newBuilder();
    RequestOp range = RequestOp.newBuilder().setRequestRange(all().setLimit(limit)).build();
    for (int i = 0; i < count; i++) {
      txn.addSuccess(range);
    }
    return txn;
  }

  @Test
  @Covers("O6")
  void manyRangesInOneTransactionShareTheReplyBudget() throws Exception {
    member.close();
    member = new MemberFixture(directory.resolve("budget"), ServiceLimits.DEFAULT, 1 << 20);
    for (int i = 0; i < 500; i++) {
      put(String.format("k%03d", i), "v".repeat(1_000));
    }
    assertRefused("KV/Txn", ranges(100, 50).build(), ReplyBudget.REFUSAL);
    TxnResponse few = txn(ranges(10, 50).build());
    assertThat(few.getResponses(9).getResponseRange().getKvsCount()).isEqualTo(50);
    assertThat(few.getResponses(9).getResponseRange().getCount()).isEqualTo(500);
    RequestOp write =
        RequestOp.newBuilder()
            .setRequestPut(PutRequest.newBuilder().setKey(bytes("k100")).setValue(bytes("new")))
            .build();
    // More than the apply thread reads, within the budget: the reply is whole, and the ranges see
    // the put of their transaction.
    TxnResponse whole = txn(ranges(1, 0).addSuccess(0, write).build());
    RangeResponse seen = whole.getResponses(1).getResponseRange();
    assertThat(seen.getKvsCount()).isEqualTo(500);
    assertThat(seen.getKvs(100).getValue()).isEqualTo(bytes("new"));
    assertThat(seen.getHeader().getRevision()).isEqualTo(whole.getHeader().getRevision());
    // Beyond the budget the write is done all the same, and the reply says so.
    TxnRequest.Builder much = ranges(100, 0).addSuccess(0, write);
    assertRefused("KV/Txn", much.build(), ReplyBudget.WRITTEN);
    long modified = seen.getKvs(100).getModRevision();
    assertThat(range(RangeRequest.newBuilder().setKey(bytes("k100")).build()).getKvs(0))
        .matches(kv -> kv.getModRevision() == modified + 1);
    DeleteRangeRequest delete =
        DeleteRangeRequest.newBuilder().setKey(OPEN).setRangeEnd(OPEN).setPrevKv(true).build();
    DeleteRangeResponse deleted =
        member.call("KV/DeleteRange", delete, DeleteRangeResponse.getDefaultInstance());
    assertThat(deleted.getDeleted()).isEqualTo(500);
    assertThat(deleted.getPrevKvsList())
        .isSortedAccordingTo(Comparator.comparing(kv -> kv.getKey().toStringUtf8()));
    assertThat(deleted.getPrevKvsCount()).isEqualTo(500);
    Awaitility.await().until(() -> member.budget.inFlight() == 0);
    assertThat(member.consensus.pins().count()).isZero();
  }

  @Test
  @Covers("O6")
  void tooManyReplyBytesAreRefused() throws Exception {
    member.close();
    member = new MemberFixture(directory.resolve("budget"), ServiceLimits.DEFAULT, 100_000);
    for (int i = 0; i < 200; i++) {
      put(String.format("k%03d", i), "v".repeat(1_000));
    }
    Status status =
        catchThrowableOfType(StatusRuntimeException.class, () -> range(all().build())).getStatus();
    assertThat(status.getCode()).isEqualTo(Status.Code.RESOURCE_EXHAUSTED);
    assertThat(range(all().setLimit(50).build()).getKvsCount()).isEqualTo(50);
    for (int i = 200; i < 700; i++) {
      put(String.format("k%03d", i), "v".repeat(1_000));
    }
    // More than the client loop reads by itself: a reader goes on, and is as strict.
    status =
        catchThrowableOfType(StatusRuntimeException.class, () -> range(all().build())).getStatus();
    assertThat(status.getCode()).isEqualTo(Status.Code.RESOURCE_EXHAUSTED);
    // A sort by value holds every value, however little the answer shows of them.
    RangeRequest.Builder sorted =
        all().setKeysOnly(true).setSortTarget(SortTarget.VALUE).setSortOrder(SortOrder.DESCEND);
    status =
        catchThrowableOfType(StatusRuntimeException.class, () -> range(sorted.build())).getStatus();
    assertThat(status.getCode()).isEqualTo(Status.Code.RESOURCE_EXHAUSTED);
    assertThat(range(sorted.setLimit(10).build()).getKvsCount()).isEqualTo(10);
    Awaitility.await().until(() -> member.budget.inFlight() == 0);
  }
}
