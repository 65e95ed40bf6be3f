package io.mooring.it.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.mooring.api.testing.Covers;
import io.mooring.check.Linearizability;
import io.mooring.check.Report;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestReporter;
import org.junit.jupiter.api.io.TempDir;

/**
 * A member alone grows to three by learners, each on another engine, and shrinks back to one, under
 * load whose history is judged. To five by {@code -Dgrowth.members=5}.
 */
class GrowthIT {

  private static final int MEMBERS = Integer.getInteger("growth.members", 3);
  private static final int CLIENTS = 16;
  private static final int ANSWERS = 150;
  private static final List<String> ENGINES = List.of("lmdb", "rocksdb", "memory");

  @TempDir Path temp;

  @Test
  @Covers({"R18", "R21", "R22", "F23"})
  void aClusterGrowsAndShrinksUnderLoad(TestReporter reporter) {
    long seed = Long.getLong("history.seed", new SecureRandom().nextLong());
    try (ServerCluster cluster = ServerCluster.start(temp, program(0), 1);
        Workload load = Workload.start(cluster.clientPorts(), seed, CLIENTS)) {
      load.awaitAnswers(ANSWERS);
      List<Long> ids = new ArrayList<>();
      for (int next = 1; next < MEMBERS; next++) {
        int learner = cluster.announceLearner(0, program(next));
        cluster.restart(learner);
        cluster.awaitLeader();
        ids.add(cluster.memberId(learner));
        cluster.promote(0, ids.get(next - 1));
        load.awaitAnswers(ANSWERS);
      }
      for (int next = 1; next < MEMBERS; next++) {
        cluster.remove(0, ids.get(next - 1));
        assertThat(cluster.awaitEnd(next)).isZero();
        load.awaitAnswers(ANSWERS);
      }
      Report report = load.judge();
      reporter.publishEntry("1 to " + MEMBERS + " and back", report.toString());
      assertThat(report.problems()).as("-Dhistory.seed=%d %s", seed, report).isEmpty();
      assertThat(report.count(Linearizability.JUDGED)).isGreaterThan(4 * ANSWERS);
    }
  }

  private static Program program(int member) {
    return Program.mooring(ENGINES.get(member % ENGINES.size()));
  }
}
