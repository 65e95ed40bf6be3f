package io.mooring.it.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.mooring.api.testing.Covers;
import io.mooring.check.Linearizability;
import io.mooring.check.Report;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestReporter;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A member alone, the leader of three, or all three killed again and again under load: the history
 * that clients saw has an order. Real etcd takes part, to check the checker. More kills by {@code
 * -Dhistory.kills=…}, leaders killed for longer by {@code -Dhistory.killSeconds=…}.
 */
class KillHistoryIT {

  private static final int KILLS = Integer.getInteger("history.kills", 2);
  private static final Duration KILLING =
      Duration.ofSeconds(Integer.getInteger("history.killSeconds", 5));
  private static final Duration BETWEEN_KILLS = Duration.ofSeconds(1);
  private static final int CLIENTS = 16;
  private static final int ANSWERS_BEFORE_KILL = 300;

  @TempDir Path temp;

  @ParameterizedTest
  @ValueSource(strings = {"etcd", "memory", "lmdb", "rocksdb"})
  @Covers({"P1", "P3", "P5", "P6", "P7", "P9", "P10", "P11", "P12", "P13", "C5"})
  void historyUnderKillsIsLinearizable(String name, TestReporter reporter) {
    long seed = Long.getLong("history.seed", new SecureRandom().nextLong());
    Random random = new Random(seed);
    Program program = name.equals("etcd") ? Program.etcd() : Program.mooring(name);
    try (ServerCluster server = ServerCluster.start(temp, program, 1);
        Workload load = Workload.start(server.clientPorts(), seed, CLIENTS)) {
      for (int i = 0; i < KILLS; i++) {
        load.awaitAnswers(ANSWERS_BEFORE_KILL + random.nextInt(ANSWERS_BEFORE_KILL));
        server.kill9(0);
        server.restart(0);
        server.awaitLeader();
      }
      load.awaitAnswers(ANSWERS_BEFORE_KILL);
      Report report = load.judge();
      reporter.publishEntry(name + " under " + KILLS + " kills", report.toString());
      assertThat(report.problems()).as("-Dhistory.seed=%d %s", seed, report).isEmpty();
      assertThat(report.count(Linearizability.JUDGED)).isGreaterThan(ANSWERS_BEFORE_KILL);
      assertThat(report.count("unknown outcomes")).as("kills hit calls").isGreaterThan(KILLS);
      assertThat(report.count("watch streams")).as("watchers moved on").isGreaterThan(3);
    }
  }

  /** Every second whoever leads is killed, and starts again at once. */
  @Test
  @Covers({"F2", "P3", "P5", "P25"})
  void historyUnderLeadersKilledEverySecondIsLinearizable(TestReporter reporter) {
    long seed = Long.getLong("history.seed", new SecureRandom().nextLong());
    int kills = 0;
    try (ServerCluster cluster = ServerCluster.start(temp, mixed());
        Workload load = Workload.start(cluster.clientPorts(), seed, CLIENTS)) {
      load.awaitAnswers(1);
      long endNs = System.nanoTime() + KILLING.toNanos();
      while (System.nanoTime() < endNs) {
        Awaitility.await().pollDelay(BETWEEN_KILLS).until(() -> true);
        int leader = cluster.leaderNow();
        if (leader >= 0) {
          cluster.kill9(leader);
          cluster.restart(leader);
          kills++;
        }
      }
      cluster.awaitLeader();
      assertThat(kills).isPositive();
      judge(
          cluster, load, seed, reporter, kills + " leaders killed, " + KILLING.toSeconds() + " s");
    }
  }

  /** All members are killed at once, as by a power cut. */
  @Test
  @Covers({"F3", "P3", "P25"})
  void historyUnderPowerCutsIsLinearizable(TestReporter reporter) {
    long seed = Long.getLong("history.seed", new SecureRandom().nextLong());
    try (ServerCluster cluster = ServerCluster.start(temp, mixed());
        Workload load = Workload.start(cluster.clientPorts(), seed, CLIENTS)) {
      for (int i = 0; i < KILLS; i++) {
        load.awaitAnswers(ANSWERS_BEFORE_KILL);
        cluster.kill9All();
        IntStream.range(0, mixed().size()).forEach(cluster::restart);
        cluster.awaitLeader();
      }
      judge(cluster, load, seed, reporter, KILLS + " times all killed");
    }
  }

  private static void judge(
      ServerCluster cluster, Workload load, long seed, TestReporter reporter, String what) {
    load.awaitAnswers(ANSWERS_BEFORE_KILL);
    Report report = load.judge();
    List<KeptState> kept = KeptState.ofAll(cluster);
    reporter.publishEntry(what, report + ", kept " + kept);
    assertThat(report.problems()).as("-Dhistory.seed=%d %s", seed, report).isEmpty();
    assertThat(Set.copyOf(kept)).as("P25 revisions and state hashes %s", kept).hasSize(1);
  }

  private static List<Program> mixed() {
    return List.of(Program.mooring("lmdb"), Program.mooring("rocksdb"), Program.mooring("memory"));
  }
}
