package io.mooring.check;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** What was judged and what was found wrong. Filled by one thread. */
public final class Report {

  private static final int MAX_PROBLEMS = 50;

  private final Map<String, Long> judged = new TreeMap<>();
  private final List<String> problems = new ArrayList<>();

  /** Counts things that were held against a promise. */
  public void judged(String what, long count) {
    judged.merge(what, count, Long::sum);
  }

  /** How many of a kind were judged. */
  public long count(String what) {
    return judged.getOrDefault(what, 0L);
  }

  /** Notes a broken promise; its message starts with the promise's id. */
  public void problem(String format, Object... args) {
    if (problems.size() < MAX_PROBLEMS) {
      problems.add(format.formatted(args));
    }
  }

  /** Notes a broken promise unless the condition holds. */
  public void check(boolean holds, String format, @Nullable Object... args) {
    if (!holds) {
      problem(format, args);
    }
  }

  /** What was found, the first few of it. */
  public List<String> problems() {
    return List.copyOf(problems);
  }

  @Override
  public String toString() {
    return "judged " + judged + (problems.isEmpty() ? ", all good" : ", found " + problems);
  }
}
