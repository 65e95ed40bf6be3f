package io.mooring.raft.core;

import static org.assertj.core.api.Assertions.assertThat;

import io.mooring.api.testing.Covers;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class QuorumTest {

  /** The clever sums against the definition: an index that more than half of the voters have. */
  @Test
  @Covers("R10")
  void agreesWithTheDefinition() {
    SplittableRandom random = new SplittableRandom(7);
    for (int round = 0; round < 20_000; round++) {
      Map<Long, Long> matches = new TreeMap<>();
      int voters = 1 + random.nextInt(7);
      while (matches.size() < voters) {
        matches.put(random.nextLong(), (long) random.nextInt(10));
      }
      Quorum quorum = new Quorum(matches.keySet());
      assertThat(quorum.committed(matches::get)).as("round %d", round).isEqualTo(naive(matches));
      long asked = random.nextInt(10);
      assertThat(quorum.reached(voter -> matches.getOrDefault(voter, 0L) >= asked))
          .as("round %d", round)
          .isEqualTo(naive(matches) >= asked);
    }
  }

  private static long naive(Map<Long, Long> matches) {
    for (long index = 10; index > 0; index--) {
      int have = 0;
      for (long match : matches.values()) {
        have += match >= index ? 1 : 0;
      }
      if (2 * have > matches.size()) {
        return index;
      }
    }
    return 0;
  }
}
