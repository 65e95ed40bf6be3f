package io.mooring.check;

import io.mooring.check.Operation.Kind;
import io.mooring.check.Operation.Outcome;
import java.util.List;

/**
 * Holds every answer against the committed log: acknowledged writes are in it, once and where they
 * said; refused ones are not; and whatever a client was shown is what the log gives at that
 * revision, also for old and serializable reads.
 */
public final class Replay {

  private Replay() {}

  /** Judges a history; the log's own shape is {@link CommittedLog#checkShape}'s affair. */
  public static void check(List<Operation> history, CommittedLog log, Report report) {
    long replayed = 0;
    for (Operation operation : history) {
      if (operation.writes()) {
        checkWrite(operation, log, report);
      }
      if (operation.answered()) {
        replayed++;
        checkAnswer(operation, log, report);
      }
    }
    report.judged("replayed answers", replayed);
  }

  private static void checkWrite(Operation operation, CommittedLog log, Report report) {
    long origin = operation.callNs();
    if (operation.changed()) {
      Change change = log.at(operation.object(), operation.revision());
      boolean present =
          operation.value() == null
              ? change != null && change.value() == null
              : inLogAt(operation, log, operation.revision());
      report.check(present, "P5 acknowledged but not in the log: %s", operation.describe(origin));
    } else if (operation.value() != null && operation.outcome() != Outcome.UNKNOWN) {
      report.check(
          log.of(operation.object(), operation.value()) == null,
          "P7 refused but in the log: %s",
          operation.describe(origin));
    }
  }

  private static boolean inLogAt(Operation operation, CommittedLog log, long revision) {
    Change change = log.of(operation.object(), String.valueOf(operation.value()));
    return change != null && change.revision() == revision;
  }

  private static void checkAnswer(Operation operation, CommittedLog log, Report report) {
    boolean before = operation.changed() && operation.kind() != Kind.APPEND;
    List<Version> state =
        log.stateAt(operation.object(), before ? operation.revision() - 1 : operation.revision());
    report.check(
        operation.observed() == null || operation.observed().equals(state),
        "M2 M3 the log has %s for %s",
        state,
        operation.describe(operation.callNs()));
    if (operation.kind() == Kind.CAS) {
      long mod = state.isEmpty() ? 0 : state.get(0).modRevision();
      report.check(
          (mod == operation.expectedMod()) == (operation.outcome() == Outcome.DONE),
          "P6 the log has mod=%d for %s",
          mod,
          operation.describe(operation.callNs()));
    }
  }
}
