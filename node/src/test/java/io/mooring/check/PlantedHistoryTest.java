package io.mooring.check;

import static org.assertj.core.api.Assertions.assertThat;

import io.mooring.api.testing.Covers;
import io.mooring.check.FakeStore.Write;
import io.mooring.check.Operation.Kind;
import io.mooring.check.Operation.Outcome;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Each check finds the bug that it is for, in a history that holds nothing else wrong. */
class PlantedHistoryTest {

  private final Script script = new Script();

  private void someWrites() {
    script.put("r", "a");
    script.get("r");
    script.compareAndSet("r", 2, "b");
    script.compareAndSet("r", 2, "refused");
    script.append("l", "x");
    script.append("l", "y");
    script.list("l");
    script.delete("r");
    script.delete("r");
    script.get("r");
    script.put("r", "c");
    script.get("r");
  }

  @Test
  void anHonestHistoryPasses() {
    someWrites();
    Report report = script.judge();
    assertThat(report.problems()).isEmpty();
    assertThat(report.count(Linearizability.JUDGED)).isEqualTo(script.history.size());
    assertThat(report.count("replayed answers")).isEqualTo(script.history.size());
  }

  @Test
  @Covers({"C1", "C2"})
  void aStaleRead() {
    someWrites();
    script.put("r", "d");
    script.getAt("r", script.store.revision() - 1, script.store.revision() - 1);
    assertFound("P1 ", "P3 ");
  }

  @Test
  void aStaleReadThatLiesAboutItsRevision() {
    someWrites();
    script.put("r", "d");
    script.getAt("r", script.store.revision() - 1, script.store.revision());
    assertFound("P1 ", "M2 ");
  }

  @Test
  @Covers("C3")
  void aLostWrite() {
    someWrites();
    script.add(Kind.PUT, "r", "lost", Outcome.DONE, null, script.store.revision() + 1);
    script.put("other", "o");
    script.get("r");
    assertFound("P1 ", "P5 ");
  }

  @Test
  void aWriteAppliedTwice() {
    someWrites();
    script.put("r", "d");
    script.put("r", "e");
    script.store.write(List.of(new Write("r", "d")));
    script.get("r");
    assertFound("P2 applied twice", "P2 written at");
  }

  @Test
  void anAppendAppliedTwice() {
    someWrites();
    script.store.write(List.of(new Write("l/x", "x")));
    script.list("l");
    assertFound("P2 applied twice", "P2 written at");
  }

  @Test
  void aRefusedWriteThatHappened() {
    someWrites();
    script.store.write(List.of(new Write("r", "no")));
    script.add(Kind.PUT, "r", "no", Outcome.FAILED, null, 0);
    assertFound("P7 refused but in the log");
  }

  @Test
  void aRefusedWriteThatWasSeen() {
    someWrites();
    script.add(Kind.PUT, "r", "no", Outcome.FAILED, null, 0);
    script.store.write(List.of(new Write("r", "no")));
    script.get("r");
    assertFound("P7 seen though it was refused");
  }

  @Test
  void twoWritesAtOneRevision() {
    script.store.write(List.of(new Write("r", "a"), new Write("s", "b")));
    script.add(Kind.PUT, "r", "a", Outcome.DONE, null, 2);
    script.add(Kind.PUT, "s", "b", Outcome.DONE, null, 2);
    assertFound("P2 revision 2 twice", "P3 ");
  }

  @Test
  void aCompareThatWasNotMade() {
    someWrites();
    long old = script.put("r", "d");
    script.put("r", "e");
    long revision = script.store.write(List.of(new Write("r", "f")));
    script.add(
        new Operation(
            0,
            "r",
            Kind.CAS,
            Operation.Mode.LINEARIZABLE,
            "f",
            old,
            5_000,
            5_001,
            Outcome.DONE,
            null,
            revision));
    assertFound("P1 ", "P6 ");
  }

  @Test
  void aRevisionLeftOutOfTheLog() {
    someWrites();
    script.store.log().remove(3);
    assertFound("P2 revision");
  }

  @Test
  void aWriteWithoutAnswerMayHappenLateButNotTwiceOver() {
    script.put("r", "a");
    script.add(Kind.PUT, "r", "late", Outcome.UNKNOWN, null, 0);
    script.put("r", "b");
    script.get("r");
    script.store.write(List.of(new Write("r", "late")));
    script.get("r");
    assertThat(script.judge().problems()).isEmpty();
    script.getAt("r", script.store.revision() - 1, script.store.revision() - 1);
    assertFound("P1 ", "P3 ");
  }

  private void assertFound(String... beginnings) {
    List<String> problems = script.judge().problems();
    for (String beginning : beginnings) {
      assertThat(problems).anyMatch(problem -> problem.startsWith(beginning));
    }
  }
}
