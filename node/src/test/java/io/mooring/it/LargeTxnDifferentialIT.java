package io.mooring.it;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import com.google.protobuf.Message;
import io.mooring.api.etcdserverpb.DeleteRangeRequest;
import io.mooring.api.etcdserverpb.DeleteRangeResponse;
import io.mooring.api.etcdserverpb.PutRequest;
import io.mooring.api.etcdserverpb.RangeRequest;
import io.mooring.api.etcdserverpb.RangeRequest.SortOrder;
import io.mooring.api.etcdserverpb.RangeRequest.SortTarget;
import io.mooring.api.etcdserverpb.RequestOp;
import io.mooring.api.etcdserverpb.TxnRequest;
import io.mooring.api.etcdserverpb.TxnResponse;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Transactions and deletes that show more than the apply thread reads: what a reader puts together
 * afterwards is what etcd answers.
 */
class LargeTxnDifferentialIT {

  private static final int KEYS = 2_500;
  private static final int KEYS_PER_TXN = 125;
  private static final ByteString ALL = ByteString.copyFrom(new byte[1]);

  @TempDir Path temp;

  static Stream<String> engines() {
    return TestNode.engines();
  }

  @ParameterizedTest
  @MethodSource("engines")
  void largeAnswersAreEtcds(String engine) {
    try (ServerProcess etcd = ServerProcess.etcd(temp.resolve("etcd"));
        TestNode mooring = TestNode.start(temp.resolve("mooring"), engine);
        RawClient theirs = new RawClient(etcd.clientPort());
        RawClient ours = new RawClient(mooring.clientPort())) {
      List<RawClient> both = List.of(theirs, ours);
      for (int from = 0; from < KEYS; from += KEYS_PER_TXN) {
        TxnRequest.Builder txn = TxnRequest.newBuilder();
        for (int i = from; i < from + KEYS_PER_TXN; i++) {
          txn.addSuccess(put(i, "value " + i));
        }
        same(both, "KV/Txn", txn.build(), TxnResponse.getDefaultInstance());
      }
      TxnRequest.Builder nested =
          TxnRequest.newBuilder().addSuccess(put(KEYS, "new")).addSuccess(range(all()));
      TxnRequest.Builder mixed =
          TxnRequest.newBuilder()
              .addSuccess(range(all()))
              .addSuccess(put(700, "changed"))
              .addSuccess(
                  range(all().setSortTarget(SortTarget.KEY).setSortOrder(SortOrder.DESCEND)))
              .addSuccess(delete(100, 200))
              .addSuccess(range(all().setLimit(150)))
              .addSuccess(range(all().setCountOnly(true)))
              .addSuccess(put(1_000, ""))
              .addSuccess(range(all().setRevision(9)))
              .addSuccess(RequestOp.newBuilder().setRequestTxn(nested));
      same(both, "KV/Txn", mixed.build(), TxnResponse.getDefaultInstance());
      TxnRequest.Builder reads =
          TxnRequest.newBuilder()
              .addSuccess(range(all().setRevision(9)))
              .addSuccess(range(all()))
              .addSuccess(range(all().setMinModRevision(12).setLimit(7)));
      same(both, "KV/Txn", reads.build(), TxnResponse.getDefaultInstance());
      DeleteRangeRequest most = delete(50, 2_400).getRequestDeleteRange();
      same(both, "KV/DeleteRange", most, DeleteRangeResponse.getDefaultInstance());
      same(both, "KV/DeleteRange", most, DeleteRangeResponse.getDefaultInstance());
      same(both, "KV/Txn", reads.build(), TxnResponse.getDefaultInstance());
    }
  }

  private static void same(List<RawClient> both, String method, Message request, Message reply) {
    String path = "etcdserverpb." + method;
    Message theirs = both.get(0).call(path, request, reply).value();
    Message ours = both.get(1).call(path, request, reply).value();
    assertThat(RawClient.comparable(ours)).isEqualTo(RawClient.comparable(theirs));
  }

  private static RangeRequest.Builder all() {
    return RangeRequest.newBuilder().setKey(ALL).setRangeEnd(ALL);
  }

  private static RequestOp range(RangeRequest.Builder range) {
    return RequestOp.newBuilder().setRequestRange(range).build();
  }

  private static RequestOp put(int number, String value) {
    return RequestOp.newBuilder()
        .setRequestPut(
            PutRequest.newBuilder()
                .setKey(key(number))
                .setValue(ByteString.copyFromUtf8(value))
                .setPrevKv(true))
        .build();
  }

  private static RequestOp delete(int from, int to) {
    return RequestOp.newBuilder()
        .setRequestDeleteRange(
            DeleteRangeRequest.newBuilder().setKey(key(from)).setRangeEnd(key(to)).setPrevKv(true))
        .build();
  }

  private static ByteString key(int number) {
    return ByteString.copyFromUtf8("k%04d".formatted(number));
  }
}
