package io.mooring.check;

import io.mooring.check.Operation.Kind;
import io.mooring.check.Operation.Outcome;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What the operations on one object tell about each other before any search: which revision wrote
 * which value, and so which writes of unknown outcome did happen.
 *
 * <pre>
 *   unknown write, its value seen       it happened before the first answer that shows it
 *   unknown write, never seen           may be taken as never applied: were it applied, some
 *                                       later write would have replaced it unseen, and leaving
 *                                       it out changes no answer
 *   unknown read, failed operation      tell nothing
 *   unknown delete                      stays open: it may happen at any later time, or never
 * </pre>
 *
 * The second row needs that every compare-and-set takes its expectation from what was seen: so it
 * does in our workloads, and an expectation nobody ever saw is refused here.
 */
final class Facts {

  private final Map<String, Operation> writers = new HashMap<>();
  private final Map<String, Long> modOf = new HashMap<>();
  private final Map<Long, String> valueAt = new HashMap<>();

  /** When the first answer came back that shows a value. */
  private final Map<String, Long> seenNs = new HashMap<>();

  private @Nullable String problem;

  private Facts() {}

  /**
   * The operations to search an order for, or the reason why there is none.
   *
   * @param known each must have its place in the order
   * @param open deletes that may have one
   * @param problem null when the facts agree
   */
  record Resolved(List<Operation> known, List<Operation> open, @Nullable String problem) {}

  /** Resolves the operations on one object. */
  static Resolved resolve(List<Operation> operations) {
    Facts facts = new Facts();
    operations.forEach(facts::noteWriter);
    operations.forEach(facts::noteSeen);
    operations.forEach(facts::noteExpectation);
    List<Operation> known = new ArrayList<>();
    List<Operation> open = new ArrayList<>();
    for (Operation operation : operations) {
      if (operation.answered()) {
        known.add(operation);
      } else if (operation.outcome() == Outcome.UNKNOWN && operation.kind() == Kind.DELETE) {
        open.add(operation);
      } else if (operation.outcome() == Outcome.UNKNOWN && operation.value() != null) {
        Long seen = facts.seenNs.get(operation.value());
        Long mod = facts.modOf.get(operation.value());
        if (seen != null && mod != null) {
          known.add(operation.seenApplied(mod, seen));
        }
      }
    }
    return new Resolved(known, open, facts.problem);
  }

  private void noteWriter(Operation operation) {
    if (operation.value() == null) {
      return;
    }
    if (writers.put(operation.value(), operation) != null) {
      throw new IllegalArgumentException("written twice: " + operation.value());
    }
    if (operation.outcome() == Outcome.DONE) {
      noteMod(new Version(operation.value(), operation.revision()));
    }
  }

  private void noteSeen(Operation operation) {
    if (operation.observed() == null) {
      return;
    }
    for (Version version : operation.observed()) {
      noteMod(version);
      seenNs.merge(version.value(), operation.returnNs(), Math::min);
      Operation writer = writers.get(version.value());
      if (writer == null) {
        fail("P1 seen but never written: " + version);
      } else if (writer.outcome() == Outcome.FAILED || writer.outcome() == Outcome.REFUSED) {
        fail("P7 seen though it was refused: " + version);
      } else if (writer.callNs() > operation.returnNs()) {
        fail("P1 seen before it was written: " + version);
      }
    }
  }

  /** A compare-and-set that succeeded has seen the version it expected. */
  private void noteExpectation(Operation operation) {
    if (operation.kind() != Kind.CAS || operation.expectedMod() == 0) {
      return;
    }
    String expected = valueAt.get(operation.expectedMod());
    if (expected == null) {
      throw new IllegalArgumentException("expects what nobody saw: " + operation);
    }
    if (operation.outcome() == Outcome.DONE) {
      seenNs.merge(expected, operation.returnNs(), Math::min);
    }
  }

  private void noteMod(Version version) {
    Long otherMod = modOf.putIfAbsent(version.value(), version.modRevision());
    if (otherMod != null && otherMod != version.modRevision()) {
      fail("P2 written at " + otherMod + " and at " + version.modRevision() + ": " + version);
    }
    String other = valueAt.putIfAbsent(version.modRevision(), version.value());
    if (other != null && !other.equals(version.value())) {
      fail("P2 two values at one mod revision: " + other + ", " + version);
    }
  }

  private void fail(String text) {
    if (problem == null) {
      problem = text;
    }
  }
}
