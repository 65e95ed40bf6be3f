package io.mooring.sim.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.mooring.api.testing.Covers;
import io.mooring.check.Linearizability;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Whole members under one seed. {@code -Dsim.seed=n -Dsim.seeds=m} runs other ones, {@code
 * -Dsim.seconds=s} makes them longer.
 */
class ClusterSimTest {

  private static final int SEEDS = Integer.getInteger("sim.seeds", 16);
  private static final long FIRST_SEED = Long.getLong("sim.seed", 1);
  private static final long LENGTH_NS = Long.getLong("sim.seconds", 15) * Settings.SECOND;

  /** Fault and state of whom it strikes: the seeds of every build meet each of these. */
  private static final List<String> PAIRS =
      List.of(
          "crash of a leader",
          "crash of a follower",
          "crash of one that replays",
          "crash of one without a leader",
          "crash in a file call",
          "partition with a leader",
          "partition with a follower",
          "partition with one that replays",
          "pause of a leader",
          "pause of a follower",
          "one loop paused of a follower");

  @Test
  @Covers({"C7", "C8"})
  void membersAgreeWhenNothingGoesWrong() {
    Run.Result result = Run.of(1, 5 * Settings.SECOND, new SplittableRandom(1), Settings.calm());
    assertThat(result.report().count("unknown outcomes")).isZero();
    assertThat(result.report().count(Linearizability.JUDGED)).isGreaterThan(100);
  }

  @Test
  @Covers({"C1", "C2", "C3", "C4", "C5", "C6", "C7", "C8", "C9", "C10", "C11"})
  void promisesHoldWhateverGoesWrong() {
    TreeMap<String, Integer> counts = new TreeMap<>();
    TreeMap<String, Long> judged = new TreeMap<>();
    for (long seed = FIRST_SEED; seed < FIRST_SEED + SEEDS; seed++) {
      Run.Result result = Run.of(seed, LENGTH_NS);
      result.counts().forEach((what, count) -> counts.merge(what, count, Integer::sum));
      for (String what : List.of(Linearizability.JUDGED, "watch events", "ended leases")) {
        judged.merge(what, result.report().count(what), Long::sum);
      }
    }
    assertThat(judged.get(Linearizability.JUDGED)).isGreaterThan(100L * SEEDS);
    assertThat(judged.get("watch events")).isGreaterThan(100L * SEEDS);
    if (FIRST_SEED == 1 && SEEDS >= 16) {
      assertThat(judged.get("ended leases")).isPositive();
      assertThat(counts.keySet()).containsAll(PAIRS);
      assertThat(counts).containsKeys("installed", "compaction", "lost", "doubled", "power loss");
    }
  }

  /** In this process and in another one, whose hash seeds and threads are others. */
  @Test
  void aSeedIsTheSameRunEveryTime(@TempDir Path directory) throws Exception {
    long first = 101;
    int seeds = 3;
    Path file = directory.resolve("hashes");
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("-ea", "-cp", System.getProperty("java.class.path")));
    command.add(ClusterSimTest.class.getName());
    command.addAll(List.of(Long.toString(first), Integer.toString(seeds), file.toString()));
    Process other =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(directory.resolve("output").toFile())
            .start();
    List<String> here = hashes(first, seeds);
    int exit = other.waitFor();
    assertThat(exit).as(Files.readString(directory.resolve("output"))).isZero();
    assertThat(Files.readAllLines(file)).isEqualTo(here).doesNotHaveDuplicates();
    assertThat(hashes(first, 1)).isEqualTo(here.subList(0, 1));
  }

  /** The other process. */
  public static void main(String[] arguments) throws IOException {
    List<String> hashes = hashes(Long.parseLong(arguments[0]), Integer.parseInt(arguments[1]));
    Files.write(Path.of(arguments[2]), hashes);
  }

  private static List<String> hashes(long first, int seeds) {
    List<String> hashes = new ArrayList<>();
    for (long seed = first; seed < first + seeds; seed++) {
      Run.Result result = Run.of(seed, 8 * Settings.SECOND);
      hashes.add(seed + " " + result.events() + " " + Long.toHexString(result.traceHash()));
    }
    return hashes;
  }
}
