package io.mooring.raft.core;

import static org.assertj.core.api.Assertions.assertThat;

import io.mooring.api.testing.Covers;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/** The clever sums against the definition, on many random configurations. */
class QuorumTest {

  private final SplittableRandom random = new SplittableRandom(7);

  @Test
  @Covers({"R10", "R19", "R22"})
  void agreesWithTheDefinition() {
    for (int round = 0; round < 20_000; round++) {
      Configuration configuration = configuration();
      TreeMap<Long, Long> matches = new TreeMap<>();
      for (long member = 1; member <= 9; member++) {
        matches.put(member, (long) random.nextInt(10));
      }
      Quorum quorum = new Quorum(configuration);
      long asked = 1 + random.nextInt(9);
      assertThat(quorum.committed(matches::get))
          .as("round %d %s %s", round, configuration, matches)
          .isEqualTo(naiveCommitted(configuration, matches));
      assertThat(quorum.reached(voter -> matches.getOrDefault(voter, 0L) >= asked))
          .as("round %d %s %s", round, configuration, matches)
          .isEqualTo(naiveReached(configuration, matches, asked));
    }
  }

  /** A vote is won, or lost, when no answer that is still to come could change that. */
  @Test
  @Covers("R10")
  void talliesLikeEveryPossibleEnding() {
    for (int round = 0; round < 3_000; round++) {
      Configuration configuration = configuration();
      TreeMap<Long, Boolean> answers = new TreeMap<>();
      List<Long> open = new ArrayList<>();
      for (long member : configuration.members()) {
        switch (random.nextInt(3)) {
          case 0 -> answers.put(member, true);
          case 1 -> answers.put(member, false);
          default -> open.add(member);
        }
      }
      boolean mayWin = false;
      boolean mayLose = false;
      for (int ending = 0; ending < 1 << open.size(); ending++) {
        TreeMap<Long, Long> votes = new TreeMap<>();
        answers.forEach((member, granted) -> votes.put(member, granted ? 1L : 0L));
        for (int i = 0; i < open.size(); i++) {
          votes.put(open.get(i), (long) (ending >> i & 1));
        }
        boolean won = naiveReached(configuration, votes, 1);
        mayWin |= won;
        mayLose |= !won;
      }
      Quorum.Tally expected =
          mayWin && mayLose ? Quorum.Tally.OPEN : mayWin ? Quorum.Tally.WON : Quorum.Tally.LOST;
      assertThat(
              new Quorum(configuration)
                  .tally(
                      voter -> answers.getOrDefault(voter, false),
                      voter -> !answers.getOrDefault(voter, true)))
          .as("round %d %s %s", round, configuration, answers)
          .isEqualTo(expected);
    }
  }

  private Configuration configuration() {
    List<Long> voters = some(1 + random.nextInt(7));
    List<Long> outgoing = random.nextInt(3) == 0 ? some(1 + random.nextInt(5)) : List.of();
    List<Long> learners = new ArrayList<>(some(random.nextInt(3)));
    learners.removeAll(voters);
    return new Configuration(voters, outgoing, learners);
  }

  private List<Long> some(int count) {
    TreeSet<Long> ids = new TreeSet<>();
    while (ids.size() < count) {
      ids.add(1L + random.nextInt(9));
    }
    return List.copyOf(ids);
  }

  private static long naiveCommitted(Configuration configuration, TreeMap<Long, Long> matches) {
    for (long index = 10; index > 0; index--) {
      if (naiveReached(configuration, matches, index)) {
        return index;
      }
    }
    return 0;
  }

  private static boolean naiveReached(
      Configuration configuration, TreeMap<Long, Long> matches, long index) {
    return majority(configuration.voters(), matches, index)
        && (configuration.outgoing().isEmpty()
            || majority(configuration.outgoing(), matches, index));
  }

  private static boolean majority(List<Long> ids, TreeMap<Long, Long> matches, long index) {
    int have = 0;
    for (long id : ids) {
      have += matches.getOrDefault(id, 0L) >= index ? 1 : 0;
    }
    return 2 * have > ids.size();
  }
}
