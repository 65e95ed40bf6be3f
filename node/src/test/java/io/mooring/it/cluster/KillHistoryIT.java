package io.mooring.it.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.mooring.api.testing.Covers;
import io.mooring.check.Linearizability;
import io.mooring.check.Report;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestReporter;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A member alone, or the leader of three, killed again and again under load: the history that
 * clients saw has an order. Real etcd takes part, as a check of the checker. More kills by {@code
 * -Dhistory.kills=…}.
 */
class KillHistoryIT {

  private static final int KILLS = Integer.getInteger("history.kills", 2);
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

  /** The next leader is killed as soon as all know it, the one before hardly back. */
  @Test
  @Covers({"F2", "P3", "P5"})
  void historyUnderKillsOfEveryLeaderIsLinearizable(TestReporter reporter) {
    long seed = Long.getLong("history.seed", new SecureRandom().nextLong());
    List<Program> programs =
        List.of(Program.mooring("lmdb"), Program.mooring("rocksdb"), Program.mooring("memory"));
    try (ServerCluster cluster = ServerCluster.start(temp, programs);
        Workload load = Workload.start(cluster.clientPorts(), seed, CLIENTS)) {
      for (int i = 0; i < KILLS; i++) {
        load.awaitAnswers(1);
        int leader = cluster.awaitLeader();
        cluster.kill9(leader);
        cluster.restart(leader);
      }
      load.awaitAnswers(ANSWERS_BEFORE_KILL);
      Report report = load.judge();
      reporter.publishEntry(KILLS + " leaders killed", report.toString());
      assertThat(report.problems()).as("-Dhistory.seed=%d %s", seed, report).isEmpty();
    }
  }
}
