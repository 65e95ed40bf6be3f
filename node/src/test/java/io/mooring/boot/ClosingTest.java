package io.mooring.boot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class ClosingTest {

  private final List<String> done = new ArrayList<>();

  private Runnable fails(String text) {
    return () -> {
      done.add(text);
      throw new IllegalStateException(text);
    };
  }

  @Test
  void everyStepIsDoneAndEveryFailureIsReported() {
    Closing closing =
        new Closing()
            .then("a", () -> done.add("a"))
            .then("b", fails("b"))
            .then("c", () -> done.add("c"))
            .then("d", fails("d"))
            .then("e", () -> done.add("e"));
    assertThat(done).containsExactly("a", "b", "c", "d", "e");
    assertThatThrownBy(closing::end)
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("b")
        .satisfies(first -> assertThat(first.getSuppressed()[0]).hasMessage("d"));
  }

  @Test
  void withoutFailuresNothingIsThrown() {
    new Closing().then("a", () -> done.add("a")).end();
    assertThat(done).containsExactly("a");
  }
}
