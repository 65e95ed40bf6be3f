package io.mooring.it.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.mooring.api.etcdserverpb.RangeResponse;
import io.mooring.api.testing.Covers;
import io.mooring.check.Operation.Mode;
import io.mooring.check.Report;
import io.mooring.it.RawClient;
import io.mooring.it.RawClient.Reply;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestReporter;
import org.junit.jupiter.api.io.TempDir;

/**
 * Leaders stopped in their tracks, and let go on, while clients wait for their answers: no reply
 * may show what was true before. Other pauses by {@code -Dpauses.millis=200,500,…}.
 */
class PausedLeaderIT {

  private static final List<Duration> PAUSES =
      Stream.of(System.getProperty("pauses.millis", "200,2000").split(",", -1))
          .map(millis -> Duration.ofMillis(Long.parseLong(millis)))
          .toList();

  /** After this, others have chosen another leader. */
  private static final Duration REPLACED = Duration.ofMillis(1_900);

  private static final int MEMBERS = 3;
  private static final int CLIENTS = 16;
  private static final int ANSWERS = 150;
  private static final long PATIENCE_MS = 40_000;
  private static final String KEY = "paused";

  @TempDir Path temp;

  @Test
  @Covers({"F7", "P3"})
  void aLeaderThatGoesOnAnswersNothingStale(TestReporter reporter) {
    long seed = Long.getLong("history.seed", new SecureRandom().nextLong());
    List<Program> programs =
        List.of(Program.mooring("lmdb"), Program.mooring("rocksdb"), Program.mooring("memory"));
    try (ServerCluster cluster = ServerCluster.start(temp, programs);
        Workload load = Workload.start(cluster.clientPorts(), seed, CLIENTS)) {
      load.addLoyalClients();
      int replaced = 0;
      for (Duration pause : PAUSES) {
        load.awaitAnswers(ANSWERS);
        int leader = cluster.awaitLeader();
        if (pause.compareTo(REPLACED) > 0) {
          pauseUntilReplaced(cluster, leader, pause);
          replaced++;
        } else {
          cluster.pause(leader);
          Awaitility.await().pollDelay(pause).until(() -> true);
          cluster.resume(leader);
        }
        cluster.awaitLeader();
      }
      load.awaitAnswers(ANSWERS);
      Report report = load.judge();
      reporter.publishEntry("leader paused " + PAUSES, report.toString());
      assertThat(report.problems()).as("-Dhistory.seed=%d %s", seed, report).isEmpty();
      assertThat(report.count("unknown outcomes")).isGreaterThan((long) replaced * CLIENTS / 4);
    }
  }

  /** Others write on; a read that waited for the old leader all the time must see that. */
  private static void pauseUntilReplaced(ServerCluster cluster, int leader, Duration pause) {
    int port = cluster.clientPorts().get(leader);
    try (Puts puts = new Puts(cluster, PATIENCE_MS);
        RawClient waiting = new RawClient(port, PATIENCE_MS)) {
      assertThat(read(waiting).ok()).as("connected").isTrue();
      long endNs = System.nanoTime() + pause.toNanos();
      cluster.pause(leader);
      int[] others = IntStream.range(0, MEMBERS).filter(other -> other != leader).toArray();
      int next = cluster.awaitLeaderAmong(others);
      String value = pause.toString();
      assertThat(puts.put(next, KEY, value).ok()).isTrue();
      CompletableFuture<Reply<RangeResponse>> answer =
          CompletableFuture.supplyAsync(() -> read(waiting));
      Awaitility.await().atMost(pause.plusSeconds(5)).until(() -> System.nanoTime() > endNs);
      cluster.resume(leader);
      Reply<RangeResponse> reply = answer.join();
      if (reply.ok()) {
        assertThat(reply.value().getKvs(0).getValue().toStringUtf8()).as("P3").isEqualTo(value);
      }
      assertThat(puts.value(leader, KEY)).isEqualTo(value);
    }
  }

  private static Reply<RangeResponse> read(RawClient client) {
    return client.call(
        "etcdserverpb.KV/Range",
        Calls.get(KEY, Mode.LINEARIZABLE, 0),
        RangeResponse.getDefaultInstance());
  }
}
