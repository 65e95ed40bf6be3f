package io.mooring.it.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import io.mooring.api.etcdserverpb.CompactionRequest;
import io.mooring.api.etcdserverpb.CompactionResponse;
import io.mooring.api.etcdserverpb.PutRequest;
import io.mooring.api.etcdserverpb.PutResponse;
import io.mooring.api.etcdserverpb.RangeResponse;
import io.mooring.api.testing.Covers;
import io.mooring.it.RawClient;
import io.mooring.it.RawClient.Reply;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.function.Predicate;
import java.util.stream.IntStream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Members, each on an engine of its own, that were away until nobody kept the entries they lack any
 * more, and are killed while the state is brought to them.
 */
class TransferIT {

  private static final long CALL_TIMEOUT_MS = 10_000;
  private static final Duration LIMIT = Duration.ofSeconds(60);

  /** Together more than a member keeps of its log in memory. */
  private static final int PUTS = 84;

  private static final int VALUE_BYTES = 1_000_000;

  /** What a member that takes a state says, in this order. */
  private static final List<String> MOMENTS =
      List.of("sends its state", "loading a transfer snapshot", "installed a transfer snapshot");

  private static final String SENDING = "sending the state";

  @TempDir Path temp;
  private long revision;

  @Test
  @Covers({"F5", "F11", "F12", "R24"})
  void whoWasAwayTooLongIsBroughtTheState() {
    List<Program> programs =
        List.of(Program.mooring("lmdb"), Program.mooring("rocksdb"), Program.mooring("memory"));
    try (ServerCluster cluster = ServerCluster.start(temp, programs)) {
      int leader = cluster.awaitLeader();
      int away = (leader + 1) % 3;
      put(cluster, leader, "before", 10);
      cluster.kill9(away);
      fill(cluster, leader);
      for (String moment : MOMENTS) {
        cluster.restart(away);
        awaitOutput(cluster, away, moment);
        cluster.kill9(away);
      }
      put(cluster, leader, "after", 10);

      // The one that sends is killed too: whoever leads then sends anew.
      int sent = count(cluster, leader, SENDING);
      cluster.restart(away);
      Awaitility.await(SENDING)
          .atMost(LIMIT)
          .pollInterval(Duration.ofMillis(2))
          .until(() -> count(cluster, leader, SENDING) > sent);
      cluster.kill9(leader);
      int next = cluster.awaitLeader();
      assertSame(cluster, next, away);
      cluster.restart(leader);
      assertSame(cluster, next, leader);
      beginWithNothing(cluster, away);
    }
  }

  /** A member that has lost everything comes back under a new id. */
  private void beginWithNothing(ServerCluster cluster, int but) {
    int leader = cluster.awaitLeader();
    int other = IntStream.range(0, 3).filter(i -> i != leader && i != but).findFirst().orElse(but);
    long id = cluster.memberId(other);
    cluster.kill9(other);
    cluster.wipe(other);
    cluster.remove(leader, id);
    cluster.announce(leader, other);
    fill(cluster, leader);
    cluster.restart(other);
    awaitOutput(cluster, other, "installed a transfer snapshot");
    assertSame(cluster, leader, other);
    cluster.kill9(other);
    put(cluster, leader, "last", 10);
    cluster.restart(other);
    assertSame(cluster, leader, other);
  }

  private static int count(ServerCluster cluster, int member, String text) {
    return cluster.output(member).split(text, -1).length - 1;
  }

  private void fill(ServerCluster cluster, int through) {
    for (int i = 0; i < PUTS; i++) {
      put(cluster, through, "key" + i % 7, VALUE_BYTES);
    }
    CompactionRequest request = CompactionRequest.newBuilder().setRevision(revision - 3).build();
    try (RawClient client = client(cluster, through)) {
      Reply<CompactionResponse> reply =
          client.call("etcdserverpb.KV/Compact", request, CompactionResponse.getDefaultInstance());
      assertThat(reply.ok()).as("%s", reply.status()).isTrue();
    }
  }

  private static void awaitOutput(ServerCluster cluster, int member, String text) {
    Awaitility.await(text)
        .atMost(LIMIT)
        .pollInterval(Duration.ofMillis(2))
        .until(() -> cluster.output(member), output -> output.contains(text));
  }

  private void put(ServerCluster cluster, int member, String key, int bytes) {
    PutRequest request =
        PutRequest.newBuilder()
            .setKey(ByteString.copyFromUtf8(key))
            .setValue(ByteString.copyFrom(new byte[bytes]))
            .build();
    try (RawClient client = client(cluster, member)) {
      Reply<PutResponse> reply =
          client.call("etcdserverpb.KV/Put", request, PutResponse.getDefaultInstance());
      assertThat(reply.ok()).as("put %s: %s", key, reply.status()).isTrue();
      revision = reply.value().getHeader().getRevision();
    }
  }

  /** Linearizable on both, at one revision. */
  private void assertSame(ServerCluster cluster, int one, int other) {
    RangeResponse there = all(cluster, other, Reply::ok);
    RangeResponse here = all(cluster, one, Reply::ok);
    assertThat(here.getHeader().getRevision()).isEqualTo(revision);
    assertThat(there.getHeader().getRevision()).isEqualTo(revision);
    assertThat(there.getKvsList()).isEqualTo(here.getKvsList());
  }

  private static RangeResponse all(
      ServerCluster cluster, int member, Predicate<Reply<RangeResponse>> good) {
    return MemberReads.ask(
        cluster.clientPorts().get(member),
        CALL_TIMEOUT_MS,
        LIMIT,
        MemberReads.all().setKeysOnly(true),
        good);
  }

  private static RawClient client(ServerCluster cluster, int member) {
    return new RawClient(cluster.clientPorts().get(member), CALL_TIMEOUT_MS);
  }
}
