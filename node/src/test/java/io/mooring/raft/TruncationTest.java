package io.mooring.raft;

import static org.assertj.core.api.Assertions.assertThat;

import io.mooring.raft.core.Configuration;
import io.mooring.raft.core.EntryId;
import io.mooring.raft.core.HardState;
import io.mooring.raft.core.Raft;
import io.mooring.raft.core.RaftConfig;
import io.mooring.raft.core.RaftStart;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** What the log may forget. */
class TruncationTest {

  private final List<Long> cuts = new ArrayList<>();
  private final Truncation truncation = new Truncation(cuts::add, 100);

  /** Has applied 1,000 entries, as far as it knows. */
  private final Raft core =
      new Raft(
          RaftConfig.of(1),
          new RaftStart(
              new HardState(1, 0),
              new EntryId(1_000, 1),
              Configuration.of(1, 2, 3),
              new EntryId(1_000, 1),
              List.of(),
              List.of(),
              1_000),
          new SplittableRandom(1));

  @Test
  void whatTheEngineHasDurableIsCutButForSome() {
    truncation.run(core, 600);
    truncation.run(core, 600);
    truncation.run(core, 700);
    assertThat(cuts).containsExactly(501L, 601L);
  }

  /** The apply thread was faster than this loop. */
  @Test
  void whatTheCoreHasNotHeardToBeAppliedStays() {
    truncation.run(core, 5_000);
    assertThat(cuts).containsExactly(1_001L);
  }

  @Test
  void nothingIsCutBeforeTheCoreRuns() {
    truncation.run(null, 600);
    assertThat(cuts).isEmpty();
  }
}
