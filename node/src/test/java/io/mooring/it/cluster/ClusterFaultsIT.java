package io.mooring.it.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.Status;
import io.mooring.api.testing.Covers;
import io.mooring.it.RawClient.Reply;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Faults that a cluster must survive, or refuse, in one way only. */
class ClusterFaultsIT {

  private static final int MEMBERS = 3;
  private static final Duration LIMIT = Duration.ofSeconds(30);

  @TempDir Path temp;

  private static List<Program> programs() {
    return List.of(Program.mooring("lmdb"), Program.mooring("rocksdb"), Program.mooring("memory"));
  }

  @Test
  @Covers({"F8", "P4"})
  void aPausedMajorityStopsWritesAndFreshReadsAndNothingElse() {
    try (ServerCluster cluster = ServerCluster.start(temp, programs());
        Puts puts = new Puts(cluster, 2_000)) {
      int leader = cluster.awaitLeader();
      assertThat(puts.put(leader, "k", "1").ok()).isTrue();
      int first = (leader + 1) % MEMBERS;
      int second = (leader + 2) % MEMBERS;
      cluster.pause(first);
      cluster.pause(second);
      Reply<?> write = puts.put(leader, "k", "2");
      assertThat(write.status().getCode()).isEqualTo(Status.Code.DEADLINE_EXCEEDED);
      Reply<?> read = puts.get(leader, "k", false);
      assertThat(read.ok()).as("%s", read).isFalse();
      assertThat(puts.get(leader, "k", true).value().getKvs(0).getValue().toStringUtf8())
          .isEqualTo("1");
      cluster.resume(first);
      cluster.resume(second);
      cluster.awaitLeader();
      awaitPut(puts, first, "3");
      for (int member = 0; member < MEMBERS; member++) {
        assertThat(puts.value(member, "k")).isEqualTo("3");
      }
    }
  }

  @Test
  @Covers({"F21", "R27"})
  void aMemberWithAnOldCopyOfItsDataIsNotAllowedToGoOn() {
    try (ServerCluster cluster = ServerCluster.start(temp, programs());
        Puts puts = new Puts(cluster, 2_000)) {
      int leader = cluster.awaitLeader();
      int victim = (leader + 1) % MEMBERS;
      assertThat(puts.put(leader, "k", "old").ok()).isTrue();
      cluster.kill9(victim);
      Path copy = temp.resolve("copy");
      cluster.backUp(victim, copy);
      cluster.restart(victim);
      cluster.awaitLeader();
      for (int i = 0; i < 20; i++) {
        assertThat(puts.put(leader, "k", "new" + i).ok()).isTrue();
      }
      // What it answers is in its log, and the leader knows.
      assertThat(puts.value(victim, "k")).isEqualTo("new19");
      cluster.kill9(victim);
      cluster.putBack(victim, copy);
      cluster.restart(victim);
      assertThat(cluster.awaitEnd(victim)).isEqualTo(2);
      assertThat(cluster.output(victim)).contains("R27 log lost");
      assertThat(puts.value(leader, "k")).isEqualTo("new19");
    }
  }

  private static void awaitPut(Puts puts, int member, String value) {
    Awaitility.await().atMost(LIMIT).until(() -> puts.put(member, "k", value).ok());
  }
}
