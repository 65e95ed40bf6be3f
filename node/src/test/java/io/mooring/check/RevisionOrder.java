package io.mooring.check;

import io.mooring.check.Operation.Mode;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Holds the revisions of a history's answers, of all objects together, against real time: every
 * change has a revision of its own; what was called after another had returned has a later
 * revision, or the same when it only reads. In {@code O(n log n)}, for histories of any length.
 */
public final class RevisionOrder {

  private RevisionOrder() {}

  /** Judges a history; old and serializable reads are no part of it. */
  public static void check(List<Operation> history, Report report) {
    List<Operation> answered =
        history.stream()
            .filter(each -> each.answered() && each.mode() == Mode.LINEARIZABLE)
            .toList();
    report.judged("ordered revisions", answered.size());
    checkUnique(answered, report);
    checkRealTime(answered, report);
    answered.forEach(operation -> checkObserved(operation, report));
  }

  private static void checkUnique(List<Operation> answered, Report report) {
    Map<Long, Operation> byRevision = new HashMap<>();
    for (Operation operation : answered) {
      if (operation.changed()) {
        Operation other = byRevision.put(operation.revision(), operation);
        report.check(
            other == null && operation.revision() > 1,
            "P2 revision %d twice: %s and %s",
            operation.revision(),
            operation,
            other);
      }
    }
  }

  private static void checkRealTime(List<Operation> answered, Report report) {
    List<Operation> byCall =
        answered.stream().sorted(Comparator.comparingLong(Operation::callNs)).toList();
    List<Operation> byReturn =
        answered.stream().sorted(Comparator.comparingLong(Operation::returnNs)).toList();
    int returned = 0;
    Operation newest = null;
    for (Operation operation : byCall) {
      while (byReturn.get(returned).returnNs() < operation.callNs()) {
        Operation before = byReturn.get(returned++);
        if (newest == null || before.revision() > newest.revision()) {
          newest = before;
        }
      }
      if (newest != null) {
        long floor = newest.revision() + (operation.changed() ? 1 : 0);
        report.check(
            operation.revision() >= floor,
            "P3 %s came after %s had returned",
            operation.describe(newest.callNs()),
            newest.describe(newest.callNs()));
      }
    }
  }

  private static void checkObserved(Operation operation, Report report) {
    if (operation.observed() == null) {
      return;
    }
    long previous = 0;
    for (Version version : operation.observed()) {
      report.check(
          version.modRevision() > previous && version.modRevision() <= operation.revision(),
          "M11 shows %s in %s",
          version,
          operation);
      previous = version.modRevision();
    }
  }
}
