package io.mooring.it.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.mooring.api.testing.Covers;
import io.mooring.check.Linearizability;
import io.mooring.check.Report;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.TestReporter;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Three members under kills, pauses and partitions with load on all of them. It runs on real etcd,
 * too, which proves the harness: the faults are real, and the checker finds nothing. More rounds by
 * {@code -Dhistory.rounds=…}, other engines by {@code -Dhistory.engines=lmdb,lmdb,lmdb}, changes of
 * members (for which etcd wants links that have lasted five seconds) by {@code
 * -Dhistory.long=true}.
 */
class ClusterHistoryIT {

  private static final int ROUNDS = Integer.getInteger("history.rounds", 1);

  /** Of the members of Mooring: by default each has one of its own. */
  private static final List<String> ENGINES =
      List.of(System.getProperty("history.engines", "lmdb,rocksdb,memory").split(",", -1));

  private static final int MEMBERS = 3;
  private static final int CLIENTS = 16;
  private static final int ANSWERS = 150;
  private static final long DELAY_MS = 20;
  private static final Duration SETTLE = Duration.ofMillis(500);

  @TempDir Path temp;

  private final long seed = Long.getLong("history.seed", new SecureRandom().nextLong());
  private final Random random = new Random(seed);

  @ParameterizedTest
  @ValueSource(strings = {"etcd", "mooring"})
  @Covers({"F1", "F3", "F7", "F9", "F10"})
  void historyUnderFaultsIsLinearizable(String name, TestReporter reporter) {
    try (ServerCluster cluster = ServerCluster.start(temp, programs(name));
        Workload load = Workload.start(cluster.clientPorts(), seed, CLIENTS)) {
      for (int round = 0; round < ROUNDS; round++) {
        killLeader(cluster, load);
        pauseLeader(cluster, load);
        cutOffLeader(cluster, load);
        muteAndDeafen(cluster, load);
        slowAndReset(cluster, load);
        killAll(cluster, load);
      }
      load.awaitAnswers(ANSWERS);
      Report report = load.judge();
      reporter.publishEntry(name + ", " + ROUNDS + " rounds of faults", report.toString());
      assertThat(report.problems()).as("-Dhistory.seed=%d %s", seed, report).isEmpty();
      assertThat(report.count(Linearizability.JUDGED)).isGreaterThan(10 * ANSWERS);
      assertThat(report.count("unknown outcomes")).isGreaterThan(CLIENTS);
      assertThat(report.count("watch streams")).isGreaterThan(3);
    }
  }

  private static List<Program> programs(String name) {
    return name.equals("etcd")
        ? Collections.nCopies(MEMBERS, Program.etcd())
        : ENGINES.stream().map(Program::mooring).toList();
  }

  private void killLeader(ServerCluster cluster, Workload load) {
    load.awaitAnswers(ANSWERS);
    int leader = cluster.awaitLeader();
    cluster.kill9(leader);
    int next = cluster.awaitLeader();
    assertThat(next).isNotEqualTo(leader);
    load.awaitAnswers(ANSWERS);
    cluster.restart(leader);
    cluster.awaitLeader();
  }

  private void pauseLeader(ServerCluster cluster, Workload load) {
    load.awaitAnswers(ANSWERS);
    int leader = cluster.awaitLeader();
    cluster.pause(leader);
    assertThat(cluster.awaitLeaderAmong(othersThan(leader))).isNotEqualTo(leader);
    load.awaitAnswers(ANSWERS);
    cluster.resume(leader);
    cluster.awaitLeader();
  }

  private void cutOffLeader(ServerCluster cluster, Workload load) {
    load.awaitAnswers(ANSWERS);
    int leader = cluster.awaitLeader();
    cluster.net().isolate(leader);
    long before = cluster.net().passedBytes(leader);
    assertThat(cluster.awaitLeaderAmong(othersThan(leader))).isNotEqualTo(leader);
    load.awaitAnswers(ANSWERS);
    assertThat(cluster.net().passedBytes(leader)).as("bytes over the cut").isEqualTo(before);
    cluster.net().heal(random.nextBoolean());
    cluster.awaitLeader();
    assertThat(cluster.net().passedBytes(leader)).isGreaterThan(before);
  }

  /** One-way cuts: one that nobody hears, then one that hears nobody. */
  private void muteAndDeafen(ServerCluster cluster, Workload load) {
    load.awaitAnswers(ANSWERS);
    int muted = cluster.awaitLeader();
    cluster.net().mute(muted);
    assertThat(cluster.awaitLeaderAmong(othersThan(muted))).isNotEqualTo(muted);
    load.awaitAnswers(ANSWERS);
    cluster.net().heal(true);
    int deaf = (cluster.awaitLeader() + 1) % MEMBERS;
    cluster.net().deafen(deaf);
    Awaitility.await().pollDelay(SETTLE).until(() -> true);
    load.awaitAnswers(ANSWERS);
    cluster.net().heal(false);
    cluster.awaitLeader();
  }

  private static void slowAndReset(ServerCluster cluster, Workload load) {
    int leader = cluster.awaitLeader();
    for (int other : othersThan(leader)) {
      cluster.net().delay(leader, other, DELAY_MS);
      cluster.net().delay(other, leader, DELAY_MS);
    }
    load.awaitAnswers(ANSWERS);
    cluster.net().reset(leader);
    cluster.awaitLeader();
    load.awaitAnswers(ANSWERS);
    cluster.net().heal(true);
  }

  private static void killAll(ServerCluster cluster, Workload load) {
    load.awaitAnswers(ANSWERS);
    IntStream.range(0, MEMBERS).forEach(cluster::kill9);
    IntStream.range(0, MEMBERS).forEach(cluster::restart);
    cluster.awaitLeader();
    load.awaitAnswers(ANSWERS);
  }

  /** A member that lost everything comes back under a new id, and a fourth joins. */
  @ParameterizedTest
  @ValueSource(strings = {"etcd", "mooring"})
  @EnabledIfSystemProperty(named = "history.long", matches = "true")
  void membersCanBeReplacedAndAdded(String name, TestReporter reporter) {
    try (ServerCluster cluster = ServerCluster.start(temp, programs(name));
        Workload load = Workload.start(cluster.clientPorts(), seed, CLIENTS)) {
      load.awaitAnswers(ANSWERS);
      int leader = cluster.awaitLeader();
      int lost = (leader + 1) % MEMBERS;
      long lostId = cluster.memberId(lost);
      cluster.kill9(lost);
      cluster.remove(leader, lostId);
      cluster.wipe(lost);
      cluster.announce(leader, lost);
      cluster.restart(lost);
      cluster.awaitLeader();
      assertThat(cluster.memberId(lost)).isNotEqualTo(lostId);
      cluster.add(cluster.awaitLeader(), programs(name).get(0));
      cluster.awaitLeader();
      load.awaitAnswers(ANSWERS);
      Report report = load.judge();
      reporter.publishEntry(name + ", a member replaced, one added", report.toString());
      assertThat(report.problems()).as("-Dhistory.seed=%d %s", seed, report).isEmpty();
    }
  }

  private static int[] othersThan(int member) {
    return IntStream.range(0, MEMBERS).filter(other -> other != member).toArray();
  }
}
