package io.mooring.check;

import io.mooring.check.Facts.Resolved;
import io.mooring.check.Linearizer.Result;
import io.mooring.check.Linearizer.Verdict;
import io.mooring.check.Operation.Kind;
import io.mooring.check.Operation.Mode;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Holds a history against strict serializability, object by object: every operation touches one
 * object, and a history is linearizable exactly when it is so for each of them (Herlihy and Wing).
 * Revisions are left to {@link RevisionOrder}, which sees all objects at once.
 */
public final class Linearizability {

  /** Judged things in the report. */
  public static final String JUDGED = "linearizable operations";

  private static final int MAX_STATES = 1_000_000;

  private Linearizability() {}

  /** Judges a history; serializable and old reads are no part of it. */
  public static void check(List<Operation> history, Report report) {
    check(history, report, MAX_STATES);
  }

  /**
   * Judges a history.
   *
   * @param maxStates bound of memory for each object; reaching it is a problem, not a pass
   */
  public static void check(List<Operation> history, Report report, int maxStates) {
    Map<String, List<Operation>> byObject = new TreeMap<>();
    for (Operation operation : history) {
      if (operation.mode() == Mode.LINEARIZABLE) {
        byObject.computeIfAbsent(operation.object(), key -> new ArrayList<>()).add(operation);
      }
    }
    byObject.forEach((object, operations) -> judge(object, operations, report, maxStates));
  }

  private static void judge(
      String object, List<Operation> operations, Report report, int maxStates) {
    Resolved resolved = Facts.resolve(operations);
    report.judged(JUDGED, resolved.known().size());
    report.judged("objects", 1);
    if (resolved.problem() != null) {
      report.problem("%s (object %s)", resolved.problem(), object);
      return;
    }
    boolean list = operations.stream().anyMatch(each -> each.kind() == Kind.APPEND);
    Result result =
        list
            ? search(new ListModel(), resolved, maxStates)
            : search(new RegisterModel(), resolved, maxStates);
    report.judged("states searched", result.states());
    report.check(
        result.verdict() == Verdict.LINEARIZABLE,
        "P1 object %s is %s: %s",
        object,
        result.verdict(),
        result.explanation());
  }

  private static <S> Result search(ObjectModel<S> model, Resolved resolved, int maxStates) {
    return new Linearizer<>(model, resolved.known(), resolved.open(), maxStates).run();
  }
}
