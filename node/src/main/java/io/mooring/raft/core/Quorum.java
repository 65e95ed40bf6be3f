package io.mooring.raft.core;

import io.mooring.base.Check;
import java.util.Arrays;
import java.util.Set;
import java.util.function.LongPredicate;
import java.util.function.LongUnaryOperator;

/** A majority of a fixed set of voters. Immutable. */
final class Quorum {

  private final long[] voters;

  Quorum(Set<Long> voters) {
    Check.that(!voters.isEmpty(), "R10 no voters");
    this.voters = voters.stream().mapToLong(Long::longValue).sorted().toArray();
  }

  /** The highest index that a majority has, given what each voter has. */
  long committed(LongUnaryOperator matchOf) {
    long[] matches = new long[voters.length];
    for (int i = 0; i < voters.length; i++) {
      matches[i] = matchOf.applyAsLong(voters[i]);
    }
    Arrays.sort(matches);
    // Sorted upwards, the voters from here to the end are a majority and have at least this much.
    return matches[voters.length - size()];
  }

  /** Whether a majority agrees. */
  boolean reached(LongPredicate agrees) {
    int count = 0;
    for (long voter : voters) {
      count += agrees.test(voter) ? 1 : 0;
    }
    return count >= size();
  }

  /** Members of the smallest majority. */
  int size() {
    return voters.length / 2 + 1;
  }
}
