package io.mooring.check;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Searches an order of operations on one object that the model allows and that respects real time
 * (after Wing and Gong, with the memory of Lowe: a pair of "these are placed" and "this is the
 * state" is tried once).
 *
 * <p>An operation may come next when no other one that is not placed yet returned before it was
 * called. Depth first; among those that may come next, the one with the lowest revision is tried
 * first, which for an honest store is right nearly always, so that the search goes straight
 * through. Open operations are tried last: they are rarely needed, and never must be placed. They
 * must all do the same (they are deletes), so that any one stands for all others that were called
 * by then: only the one called first is tried, and only where it does something.
 *
 * @param <S> the model's state
 */
final class Linearizer<S> {

  /** How a search ends. */
  enum Verdict {
    LINEARIZABLE,
    NOT_LINEARIZABLE,
    /** The bound of memory was met first. Counts as a failure, never as a pass. */
    UNDECIDED
  }

  /**
   * A verdict and, unless it is good, how far the best order came.
   *
   * @param states pairs that were tried
   */
  record Result(Verdict verdict, String explanation, long states) {}

  /** Which operations are placed (from a first that is not), and the state that came out. */
  private record Configuration(int firstWord, long[] words, Object state) {
    @Override
    public boolean equals(@Nullable Object other) {
      return other instanceof Configuration that
          && that.firstWord == firstWord
          && Arrays.equals(that.words, words)
          && that.state.equals(state);
    }

    @Override
    public int hashCode() {
      return 31 * (31 * firstWord + Arrays.hashCode(words)) + state.hashCode();
    }
  }

  /** A place in the order: what may come here, what was tried, and the state before. */
  private static final class Place<S> {
    final int[] candidates;
    final S before;
    int tried;
    int chosen = -1;

    Place(int[] candidates, S before) {
      this.candidates = candidates;
      this.before = before;
    }
  }

  private final ObjectModel<S> model;
  private final List<Operation> operations;
  private final int knownCount;
  private final int maxStates;
  private final BitSet placed = new BitSet();
  private final Set<Configuration> seen = new HashSet<>();
  private int knownPlaced;
  private int mostPlaced = -1;
  private String furthest = "";

  /**
   * A search.
   *
   * @param known must all be placed
   * @param open may be placed, any time after their call; all do the same
   * @param maxStates bound of memory: pairs to remember
   */
  Linearizer(ObjectModel<S> model, List<Operation> known, List<Operation> open, int maxStates) {
    this.model = model;
    this.maxStates = maxStates;
    this.knownCount = known.size();
    this.operations = new ArrayList<>(known);
    operations.sort(Comparator.comparingLong(Operation::callNs));
    operations.addAll(open.stream().sorted(Comparator.comparingLong(Operation::callNs)).toList());
  }

  /** Runs it, once. */
  Result run() {
    Deque<Place<S>> order = new ArrayDeque<>();
    order.push(new Place<>(candidates(), model.initial()));
    while (knownPlaced < knownCount) {
      Place<S> place = order.element();
      if (place.chosen >= 0) {
        unplace(place.chosen);
        place.chosen = -1;
      }
      S after = tryNext(place);
      if (seen.size() > maxStates) {
        return new Result(Verdict.UNDECIDED, "gave up after " + maxStates + " states", maxStates);
      }
      if (after != null) {
        order.push(new Place<>(candidates(), after));
      } else {
        noteFurthest(place);
        order.pop();
        if (order.isEmpty()) {
          return new Result(Verdict.NOT_LINEARIZABLE, furthest, seen.size());
        }
      }
    }
    return new Result(Verdict.LINEARIZABLE, "", seen.size());
  }

  /** Puts the next candidate that fits here; null when none is left. */
  private @Nullable S tryNext(Place<S> place) {
    while (place.tried < place.candidates.length) {
      int candidate = place.candidates[place.tried++];
      S after = model.step(place.before, operations.get(candidate));
      boolean idle = candidate >= knownCount && place.before.equals(after);
      if (after == null || idle) {
        continue;
      }
      placed.set(candidate);
      if (seen.add(configuration(after))) {
        place.chosen = candidate;
        knownPlaced += candidate < knownCount ? 1 : 0;
        return after;
      }
      placed.clear(candidate);
    }
    return null;
  }

  private void unplace(int operation) {
    placed.clear(operation);
    knownPlaced -= operation < knownCount ? 1 : 0;
  }

  /** All that were called before the first return among those not placed, best guess first. */
  private int[] candidates() {
    long firstReturnNs = Operation.NEVER;
    List<Integer> known = new ArrayList<>();
    for (int i = placed.nextClearBit(0); i < knownCount; i = placed.nextClearBit(i + 1)) {
      Operation operation = operations.get(i);
      if (operation.callNs() > firstReturnNs) {
        break;
      }
      known.add(i);
      firstReturnNs = Math.min(firstReturnNs, operation.returnNs());
    }
    long limitNs = firstReturnNs;
    known.removeIf(i -> operations.get(i).callNs() > limitNs);
    known.sort(Comparator.comparingLong(i -> rank(operations.get(i))));
    int open = placed.nextClearBit(knownCount);
    if (open < operations.size() && operations.get(open).callNs() <= limitNs) {
      known.add(open);
    }
    return known.stream().mapToInt(Integer::intValue).toArray();
  }

  /** Reads at a revision come after the write that made it. */
  private static long rank(Operation operation) {
    return 2 * operation.revision() + (operation.changed() ? 0 : 1);
  }

  private Configuration configuration(S state) {
    int firstWord = placed.nextClearBit(0) / Long.SIZE;
    long[] words = placed.toLongArray();
    return new Configuration(
        firstWord,
        firstWord >= words.length
            ? new long[0]
            : Arrays.copyOfRange(words, firstWord, words.length),
        state);
  }

  private void noteFurthest(Place<S> place) {
    if (knownPlaced <= mostPlaced) {
      return;
    }
    mostPlaced = knownPlaced;
    StringBuilder text = new StringBuilder();
    text.append(knownPlaced).append(" of ").append(knownCount).append(" placed; state ");
    text.append(place.before).append("; none of these fits next:");
    long originNs = operations.get(0).callNs();
    for (int candidate : place.candidates) {
      text.append("\n  ").append(operations.get(candidate).describe(originNs));
    }
    furthest = text.toString();
  }
}
