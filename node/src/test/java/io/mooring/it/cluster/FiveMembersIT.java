package io.mooring.it.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.mooring.api.testing.Covers;
import io.mooring.check.Report;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestReporter;
import org.junit.jupiter.api.io.TempDir;

/** Five members lose two, the leader among them, and go on; and the two come back. */
class FiveMembersIT {

  private static final int MEMBERS = 5;
  private static final int CLIENTS = 8;
  private static final int ANSWERS = 100;

  @TempDir Path temp;

  @Test
  @Covers({"F1", "P3"})
  void twoOfFiveMayBeLost(TestReporter reporter) {
    long seed = Long.getLong("history.seed", new SecureRandom().nextLong());
    List<Program> programs =
        List.of(
            Program.mooring("lmdb"),
            Program.mooring("rocksdb"),
            Program.mooring("memory"),
            Program.mooring("lmdb"),
            Program.mooring("memory"));
    try (ServerCluster cluster = ServerCluster.start(temp, programs);
        Workload load = Workload.start(cluster.clientPorts(), seed, CLIENTS)) {
      load.awaitAnswers(ANSWERS);
      int leader = cluster.awaitLeader();
      int other = (leader + 1) % MEMBERS;
      cluster.kill9(leader);
      cluster.kill9(other);
      assertThat(cluster.awaitLeader()).isNotIn(leader, other);
      load.awaitAnswers(ANSWERS);
      cluster.restart(leader);
      cluster.restart(other);
      cluster.awaitLeader();
      load.awaitAnswers(ANSWERS);
      Report report = load.judge();
      reporter.publishEntry("two of five killed", report.toString());
      assertThat(report.problems()).as("-Dhistory.seed=%d %s", seed, report).isEmpty();
    }
  }
}
