package io.mooring.it.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.mooring.check.Report;
import io.mooring.it.cluster.FakeKv.Plant;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The whole way, from clients over the wire to the verdict, against servers that lie. */
class FakeServerTest {

  private static final long SEED = 17;
  private static final int CLIENTS = 8;
  private static final int ANSWERS = 1_500;

  @Test
  void anHonestServerPasses() {
    Report report = run(Plant.NONE);
    assertThat(report.problems()).isEmpty();
    assertThat(report.count("operations")).isGreaterThanOrEqualTo(ANSWERS);
    assertThat(report.count("watch events")).isGreaterThan(ANSWERS / 3);
  }

  @ParameterizedTest
  @CsvSource({
    "STALE_READ, P1 | P3",
    "LOST_WRITE, P1 | P5",
    "DOUBLE_APPLY, P2 written at | P2 applied twice:",
    "BLIND_COMPARE, P1 | P6",
    "SKIPPED_EVENT, P11",
    "REPEATED_EVENT, P9 P10",
    "SPLIT_REVISION, P12",
  })
  void aPlantedBugIsFound(Plant plant, String beginnings) {
    Report report = run(plant);
    for (String beginning : beginnings.split(" \\| ")) {
      assertThat(report.problems()).anyMatch(problem -> problem.startsWith(beginning + " "));
    }
  }

  private static Report run(Plant plant) {
    try (FakeServer server = new FakeServer(new FakeKv(plant));
        Workload load = Workload.start(List.of(server.port()), SEED, CLIENTS)) {
      load.awaitAnswers(ANSWERS);
      return load.judge();
    }
  }
}
