package io.mooring.it;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import io.grpc.Status;
import io.mooring.api.etcdserverpb.DeleteRangeRequest;
import io.mooring.api.etcdserverpb.DeleteRangeResponse;
import io.mooring.api.etcdserverpb.PutRequest;
import io.mooring.api.etcdserverpb.PutResponse;
import io.mooring.api.etcdserverpb.RangeRequest;
import io.mooring.api.etcdserverpb.RangeResponse;
import io.mooring.api.etcdserverpb.RequestOp;
import io.mooring.api.etcdserverpb.TxnRequest;
import io.mooring.api.etcdserverpb.TxnResponse;
import io.mooring.read.ReplyBudget;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Very many keys in one call, on a small heap: the member must live through it. */
class LargeDeleteIT {

  private static final int KEYS = 300_000;
  private static final int KEYS_PER_TXN = 128;
  private static final ByteString VALUE = ByteString.copyFrom(new byte[256]);
  private static final ByteString ALL = ByteString.copyFrom(new byte[1]);

  @TempDir Path temp;

  @ParameterizedTest
  @ValueSource(strings = {"lmdb", "rocksdb"})
  void aSmallHeapSurvivesADeleteOfVeryManyKeys(String engine) {
    try (ServerProcess server = onSmallHeap(engine);
        RawClient client = new RawClient(server.clientPort(), 60_000)) {
      fill(client);
      long revision = count(client).getHeader().getRevision();
      // All values are more than the reply budget, which is a quarter of the heap: the delete is
      // done, and says so.
      DeleteRangeRequest.Builder delete =
          DeleteRangeRequest.newBuilder().setKey(ALL).setRangeEnd(ALL).setPrevKv(true);
      RawClient.Reply<DeleteRangeResponse> shown = delete(client, delete);
      assertThat(shown.status().getCode()).isEqualTo(Status.Code.RESOURCE_EXHAUSTED);
      assertThat(shown.status().getDescription()).isEqualTo(ReplyBudget.WRITTEN.text());
      RangeResponse left = count(client);
      assertThat(left.getCount()).isZero();
      assertThat(left.getHeader().getRevision()).isEqualTo(revision + 1);
      fill(client);
      RawClient.Reply<DeleteRangeResponse> counted = delete(client, delete.setPrevKv(false));
      assertThat(counted.value().getDeleted()).isEqualTo(KEYS);
      PutRequest put = PutRequest.newBuilder().setKey(key(0)).build();
      assertThat(client.call("etcdserverpb.KV/Put", put, PutResponse.getDefaultInstance()).ok())
          .isTrue();
    }
  }

  private static RawClient.Reply<DeleteRangeResponse> delete(
      RawClient client, DeleteRangeRequest.Builder request) {
    return client.call(
        "etcdserverpb.KV/DeleteRange", request.build(), DeleteRangeResponse.getDefaultInstance());
  }

  private static RangeResponse count(RawClient client) {
    RangeRequest request =
        RangeRequest.newBuilder().setKey(ALL).setRangeEnd(ALL).setCountOnly(true).build();
    return client
        .call("etcdserverpb.KV/Range", request, RangeResponse.getDefaultInstance())
        .value();
  }

  private static void fill(RawClient client) {
    for (int from = 0; from < KEYS; from += KEYS_PER_TXN) {
      TxnRequest.Builder txn = TxnRequest.newBuilder();
      for (int i = from; i < Math.min(KEYS, from + KEYS_PER_TXN); i++) {
        txn.addSuccess(
            RequestOp.newBuilder()
                .setRequestPut(PutRequest.newBuilder().setKey(key(i)).setValue(VALUE)));
      }
      assertThat(
              client
                  .call("etcdserverpb.KV/Txn", txn.build(), TxnResponse.getDefaultInstance())
                  .ok())
          .isTrue();
    }
  }

  private static ByteString key(int i) {
    return ByteString.copyFromUtf8("key" + (1_000_000 + i));
  }

  private ServerProcess onSmallHeap(String engine) {
    int port = Tools.freePort();
    List<String> command = new ArrayList<>(ServerProcess.javaCommand());
    command.add(command.indexOf("-jar"), "-Xmx256m"); // the last one counts
    command.addAll(
        List.of(
            "--data-dir",
            temp.resolve(engine).toString(),
            "--storage-engine",
            engine,
            "--listen-client-urls",
            ServerProcess.url(port),
            "--advertise-client-urls",
            ServerProcess.url(port),
            "--listen-peer-urls",
            ServerProcess.url(Tools.freePort())));
    ServerProcess server = ServerProcess.run(command, Map.of(), port);
    server.awaitOutput("ready to serve client requests");
    return server;
  }
}
