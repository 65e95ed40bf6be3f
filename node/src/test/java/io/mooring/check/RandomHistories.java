package io.mooring.check;

import io.mooring.check.Operation.Kind;
import io.mooring.check.Operation.Mode;
import io.mooring.check.Operation.Outcome;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Histories of one object by a seeded random: what an honest store could have answered, with
 * outcomes lost now and then, and (if asked) one or two answers or times changed afterwards.
 */
final class RandomHistories {

  private static final int STEP_NS = 10;
  private static final int MAX_SPREAD_NS = 35;

  private final Random random;
  private final List<List<Version>> states = new ArrayList<>();

  /** Mod revisions that some answer has shown; what a compare-and-set may expect. */
  private final TreeSet<Long> mods = new TreeSet<>();

  private long revision;

  RandomHistories(long seed) {
    this.random = new Random(seed);
  }

  /** An honest history. */
  List<Operation> honest(int count, boolean list) {
    states.clear();
    states.add(List.of());
    mods.clear();
    mods.add(0L);
    revision = 1;
    List<Operation> history = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      Operation operation = list ? listOperation(i) : registerOperation(i);
      boolean lost = chance(25);
      history.add(lost ? lost(operation) : operation);
      if (!lost) {
        noteSeen(operation);
      }
    }
    return history;
  }

  /** One with some answers made up. */
  List<Operation> corrupt(int count, boolean list) {
    List<Operation> history = honest(count, list);
    for (int i = 0; i <= random.nextInt(2); i++) {
      int at = random.nextInt(history.size());
      history.set(at, corrupt(history.get(at)));
    }
    return history;
  }

  private void noteSeen(Operation operation) {
    if (operation.value() != null && operation.outcome() == Outcome.DONE) {
      mods.add(operation.revision());
    }
    if (operation.observed() != null) {
      operation.observed().forEach(version -> mods.add(version.modRevision()));
    }
  }

  private Operation registerOperation(int i) {
    List<Version> before = states.get(states.size() - 1);
    long mod = before.isEmpty() ? 0 : before.get(0).modRevision();
    int dice = random.nextInt(100);
    if (dice < 35 || (dice >= 75 && !mods.contains(mod))) {
      return operation(i, Kind.GET, null, 0, Outcome.DONE, before);
    }
    if (dice < 60) {
      change(List.of(new Version("v" + i, revision + 1)));
      return operation(i, Kind.PUT, "v" + i, 0, Outcome.DONE, chance(50) ? before : null);
    }
    if (dice < 75) {
      if (!before.isEmpty()) {
        change(List.of());
      }
      return operation(i, Kind.DELETE, null, 0, Outcome.DONE, before);
    }
    long expected = chance(70) ? mod : pick(mods);
    if (expected != mod) {
      return operation(i, Kind.CAS, "v" + i, expected, Outcome.REFUSED, before);
    }
    change(List.of(new Version("v" + i, revision + 1)));
    return operation(i, Kind.CAS, "v" + i, expected, Outcome.DONE, null);
  }

  private Operation listOperation(int i) {
    List<Version> before = states.get(states.size() - 1);
    if (chance(50)) {
      return operation(i, Kind.GET, null, 0, Outcome.DONE, before);
    }
    List<Version> after = new ArrayList<>(before);
    after.add(new Version("v" + i, revision + 1));
    change(after);
    return operation(i, Kind.APPEND, "v" + i, 0, Outcome.DONE, chance(50) ? after : null);
  }

  private void change(List<Version> after) {
    revision++;
    states.add(List.copyOf(after));
  }

  private Operation operation(
      int i,
      Kind kind,
      @Nullable String value,
      long expected,
      Outcome outcome,
      @Nullable List<Version> seen) {
    long pointNs = (long) i * STEP_NS;
    return new Operation(
        i,
        "x",
        kind,
        Mode.LINEARIZABLE,
        value,
        expected,
        pointNs - random.nextInt(MAX_SPREAD_NS),
        pointNs + random.nextInt(MAX_SPREAD_NS),
        outcome,
        seen,
        revision);
  }

  private Operation lost(Operation of) {
    return with(of, of.callNs(), Operation.NEVER, Outcome.UNKNOWN, null, 0);
  }

  private Operation corrupt(Operation of) {
    int dice = random.nextInt(100);
    if (dice < 50 && of.observed() != null) {
      List<Version> seen = states.get(random.nextInt(states.size()));
      return with(of, of.callNs(), of.returnNs(), of.outcome(), seen, of.revision());
    }
    if (dice < 75 && of.answered()) {
      int shift = random.nextInt(8 * STEP_NS) - 4 * STEP_NS;
      return with(
          of,
          of.callNs() + shift,
          of.returnNs() + shift,
          of.outcome(),
          of.observed(),
          of.revision());
    }
    if (dice < 85 && of.writes()) {
      return with(of, of.callNs(), of.returnNs(), Outcome.FAILED, null, 0);
    }
    if (dice < 92 && of.outcome() == Outcome.UNKNOWN && of.value() != null) {
      return with(of, of.callNs(), of.callNs() + MAX_SPREAD_NS, Outcome.DONE, null, revision + 100);
    }
    return with(of, of.callNs(), of.returnNs(), of.outcome(), of.observed(), of.revision() + 1);
  }

  private static Operation with(
      Operation of,
      long callNs,
      long returnNs,
      Outcome outcome,
      @Nullable List<Version> seen,
      long revision) {
    return new Operation(
        of.client(),
        of.object(),
        of.kind(),
        of.mode(),
        of.value(),
        of.expectedMod(),
        callNs,
        returnNs,
        outcome,
        seen,
        revision);
  }

  private long pick(TreeSet<Long> from) {
    return List.copyOf(from).get(random.nextInt(from.size()));
  }

  private boolean chance(int percent) {
    return random.nextInt(100) < percent;
  }
}
