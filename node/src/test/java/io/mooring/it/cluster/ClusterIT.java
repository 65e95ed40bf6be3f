package io.mooring.it.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import io.mooring.api.etcdserverpb.PutRequest;
import io.mooring.api.etcdserverpb.PutResponse;
import io.mooring.api.etcdserverpb.RangeRequest;
import io.mooring.api.etcdserverpb.RangeResponse;
import io.mooring.it.RawClient;
import io.mooring.it.RawClient.Reply;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.IntStream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Three members as processes, each on an engine of its own, and what they keep through kills. */
class ClusterIT {

  private static final int MEMBERS = 3;
  private static final long CALL_TIMEOUT_MS = 10_000;

  @TempDir Path temp;

  @Test
  void whatOneMemberTookEveryMemberHasWhoeverIsKilled() {
    List<Program> programs =
        List.of(Program.mooring("lmdb"), Program.mooring("rocksdb"), Program.mooring("memory"));
    try (ServerCluster cluster = ServerCluster.start(temp, programs)) {
      for (int member = 0; member < MEMBERS; member++) {
        put(cluster, member, "first" + member);
      }
      assertThat(all(cluster)).containsOnly(List.of("first0", "first1", "first2"));

      int leader = cluster.awaitLeader();
      cluster.kill9(leader);
      int next = cluster.awaitLeader();
      put(cluster, next, "second");
      assertThat(keys(cluster, 3 - leader - next)).contains("second");
      cluster.restart(leader);
      cluster.awaitLeader();
      assertThat(all(cluster)).containsOnly(List.of("first0", "first1", "first2", "second"));

      IntStream.range(0, MEMBERS).forEach(cluster::kill9);
      IntStream.range(0, MEMBERS).forEach(cluster::restart);
      cluster.awaitLeader();
      put(cluster, 0, "third");
      assertThat(all(cluster))
          .containsOnly(List.of("first0", "first1", "first2", "second", "third"));
    }
  }

  private static List<List<String>> all(ServerCluster cluster) {
    return IntStream.range(0, MEMBERS).mapToObj(member -> keys(cluster, member)).toList();
  }

  private static void put(ServerCluster cluster, int member, String key) {
    PutRequest request = PutRequest.newBuilder().setKey(ByteString.copyFromUtf8(key)).build();
    try (RawClient client = client(cluster, member)) {
      Reply<PutResponse> reply =
          client.call("etcdserverpb.KV/Put", request, PutResponse.getDefaultInstance());
      assertThat(reply.ok()).as("put %s: %s", key, reply.status()).isTrue();
    }
  }

  /** Linearizable; asked again while leaders change. */
  private static List<String> keys(ServerCluster cluster, int member) {
    RangeRequest request =
        RangeRequest.newBuilder()
            .setKey(ByteString.copyFrom(new byte[1]))
            .setRangeEnd(ByteString.copyFrom(new byte[1]))
            .build();
    try (RawClient client = client(cluster, member)) {
      Reply<RangeResponse> reply =
          Awaitility.await()
              .atMost(Duration.ofSeconds(20))
              .until(
                  () ->
                      client.call(
                          "etcdserverpb.KV/Range", request, RangeResponse.getDefaultInstance()),
                  Reply::ok);
      return reply.value().getKvsList().stream().map(kv -> kv.getKey().toStringUtf8()).toList();
    }
  }

  private static RawClient client(ServerCluster cluster, int member) {
    return new RawClient(cluster.clientPorts().get(member), CALL_TIMEOUT_MS);
  }
}
