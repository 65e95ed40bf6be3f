package io.mooring.it.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.mooring.api.testing.Covers;
import io.mooring.check.Report;
import java.nio.file.Path;
import java.security.SecureRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestReporter;
import org.junit.jupiter.api.io.TempDir;

/** A cluster moves from one storage engine to another under load, a member at a time. */
class EngineChangeIT {

  private static final int MEMBERS = 3;
  private static final int CLIENTS = 8;
  private static final int ANSWERS = 150;

  @TempDir Path temp;

  @Test
  @Covers("F24")
  void everyMemberGetsAnotherEngineAndNobodyNotices(TestReporter reporter) {
    long seed = Long.getLong("history.seed", new SecureRandom().nextLong());
    try (ServerCluster cluster = ServerCluster.start(temp, Program.mooring("lmdb"), MEMBERS);
        Workload load = Workload.start(cluster.clientPorts(), seed, CLIENTS)) {
      for (int member = 0; member < MEMBERS; member++) {
        load.awaitAnswers(ANSWERS);
        cluster.awaitLeader();
        replace(cluster, member, Program.mooring("rocksdb"));
      }
      load.awaitAnswers(ANSWERS);
      Report report = load.judge();
      reporter.publishEntry("lmdb to rocksdb", report.toString());
      assertThat(report.problems()).as("-Dhistory.seed=%d %s", seed, report).isEmpty();
    }
  }

  /** As docs/cluster.md has it. */
  private static void replace(ServerCluster cluster, int member, Program program) {
    long id = cluster.memberId(member);
    int through = (member + 1) % MEMBERS;
    cluster.remove(through, id);
    assertThat(cluster.awaitEnd(member)).as("a removed member ends by itself").isZero();
    cluster.wipe(member);
    cluster.becomes(member, program);
    cluster.announce(through, member);
    cluster.restart(member);
    cluster.awaitLeader();
    assertThat(cluster.memberId(member)).isNotEqualTo(id);
  }
}
