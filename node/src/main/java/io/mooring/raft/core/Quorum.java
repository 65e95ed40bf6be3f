package io.mooring.raft.core;

import io.mooring.base.Check;
import java.util.Arrays;
import java.util.List;
import java.util.function.LongPredicate;
import java.util.function.LongUnaryOperator;

/**
 * A majority of the voters of a configuration; of both halves while it is joint. Learners never
 * count (R10, R22). Immutable.
 */
final class Quorum {

  private final long[] voters;
  private final long[] outgoing;

  /** How a vote stands. */
  enum Tally {
    WON,
    OPEN,
    LOST
  }

  Quorum(Configuration configuration) {
    Check.that(!configuration.voters().isEmpty(), "R10 no voters");
    this.voters = array(configuration.voters());
    this.outgoing = array(configuration.outgoing());
  }

  /** The highest index that a quorum has, given what each voter has. */
  long committed(LongUnaryOperator matchOf) {
    long index = committed(voters, matchOf);
    return outgoing.length == 0 ? index : Math.min(index, committed(outgoing, matchOf));
  }

  /** Whether a quorum agrees. */
  boolean reached(LongPredicate agrees) {
    return reached(voters, agrees) && (outgoing.length == 0 || reached(outgoing, agrees));
  }

  /** Where a vote stands, given who has granted and who has refused; the rest may do either. */
  Tally tally(LongPredicate granted, LongPredicate refused) {
    if (reached(granted)) {
      return Tally.WON;
    }
    return reached(voter -> !refused.test(voter)) ? Tally.OPEN : Tally.LOST;
  }

  private static long committed(long[] members, LongUnaryOperator matchOf) {
    long[] matches = new long[members.length];
    for (int i = 0; i < members.length; i++) {
      matches[i] = matchOf.applyAsLong(members[i]);
    }
    Arrays.sort(matches);
    // Sorted upwards, the voters from here to the end are a majority and have at least this much.
    return matches[members.length - majority(members)];
  }

  private static boolean reached(long[] members, LongPredicate agrees) {
    int count = 0;
    for (long member : members) {
      count += agrees.test(member) ? 1 : 0;
    }
    return count >= majority(members);
  }

  private static int majority(long[] members) {
    return members.length / 2 + 1;
  }

  private static long[] array(List<Long> ids) {
    return ids.stream().mapToLong(Long::longValue).toArray();
  }
}
