package io.mooring.check;

import static org.assertj.core.api.Assertions.assertThat;

import io.mooring.api.testing.Covers;
import io.mooring.check.Operation.Kind;
import io.mooring.check.Operation.Mode;
import io.mooring.check.Operation.Outcome;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The search against one that tries everything, on many small random histories. */
class LinearizerTest {

  private static final int HISTORIES = Integer.getInteger("check.histories", 6_000);
  private static final int MAX_OPERATIONS = 7;

  private final long seed = Long.getLong("check.seed", new SecureRandom().nextLong());

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  @Covers("C1")
  void saysWhatTryingEveryOrderSays(boolean list) {
    RandomHistories random = new RandomHistories(seed);
    int[] verdicts = new int[2];
    for (int i = 0; i < HISTORIES; i++) {
      List<Operation> history = random.corrupt(2 + i % (MAX_OPERATIONS - 1), list);
      if (!expectsOnlyWhatWasSeen(history)) {
        continue;
      }
      boolean naive = NaiveChecker.linearizable(history);
      verdicts[naive ? 1 : 0]++;
      assertThat(problems(history).isEmpty())
          .as("-Dcheck.seed=%d history %d: %s", seed, i, history)
          .isEqualTo(naive);
    }
    assertThat(verdicts[0]).as("seed %d", seed).isGreaterThan(HISTORIES / 20);
    assertThat(verdicts[1]).as("seed %d", seed).isGreaterThan(HISTORIES / 20);
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void honestHistoriesPassHoweverLong(boolean list) {
    RandomHistories random = new RandomHistories(seed);
    for (int i = 0; i < 200; i++) {
      List<Operation> history = random.honest(1 + i, list);
      if (expectsOnlyWhatWasSeen(history)) {
        assertThat(problems(history)).as("-Dcheck.seed=%d history %d", seed, i).isEmpty();
      }
    }
    List<Operation> history = random.honest(list ? 500 : 20_000, list);
    if (expectsOnlyWhatWasSeen(history)) {
      assertThat(problems(history)).as("-Dcheck.seed=%d, the long one", seed).isEmpty();
    }
  }

  /** Deletes that were never answered may each have happened anywhere; there are hundreds here. */
  @Test
  void manyOpenDeletesCostNoSearch() {
    List<Operation> history = new RandomHistories(-4290500513736851630L).honest(20_000, false);
    Report report = new Report();
    Linearizability.check(history, report);
    assertThat(report.problems()).isEmpty();
    assertThat(report.count("states searched")).isLessThan(10 * history.size());
  }

  @Test
  void memoryIsBoundedAndMeetingTheBoundIsNoPass() {
    List<Operation> history = new ArrayList<>();
    for (int i = 0; i < 16; i++) {
      history.add(put(i, "v" + i, i + 2));
    }
    history.add(
        new Operation(
            16, "x", Kind.GET, Mode.LINEARIZABLE, null, 0, 200, 300, Outcome.DONE, List.of(), 1));
    Report report = new Report();
    Linearizability.check(history, report, 1_000);
    assertThat(report.problems()).singleElement().asString().contains("UNDECIDED");
  }

  private static Operation put(int client, String value, long revision) {
    return new Operation(
        client, "x", Kind.PUT, Mode.LINEARIZABLE, value, 0, 0, 100, Outcome.DONE, null, revision);
  }

  private static List<String> problems(List<Operation> history) {
    Report report = new Report();
    Linearizability.check(history, report);
    return report.problems();
  }

  /** What the checker asks of a workload: see {@link Facts}. */
  private static boolean expectsOnlyWhatWasSeen(List<Operation> history) {
    for (Operation operation : history) {
      long expected = operation.expectedMod();
      boolean seen =
          expected == 0
              || history.stream()
                  .anyMatch(
                      each ->
                          (each.outcome() == Outcome.DONE
                                  && each.value() != null
                                  && each.revision() == expected)
                              || (each.observed() != null
                                  && each.observed().stream()
                                      .anyMatch(one -> one.modRevision() == expected)));
      if (!seen) {
        return false;
      }
    }
    return true;
  }
}
