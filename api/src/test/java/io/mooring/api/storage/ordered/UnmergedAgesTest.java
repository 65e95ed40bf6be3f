package io.mooring.api.storage.ordered;

import static org.assertj.core.api.Assertions.assertThat;

import io.mooring.api.storage.tck.Seeds;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The counts against a plain list of what waits. */
class UnmergedAgesTest {

  /** Every number of revisions: each must fall into one span only, or it is not found again. */
  @Test
  void whatAStartFoundCanLeaveInAnyOrder() {
    Seeds.run(
        3,
        random -> {
          for (int revisions = 0; revisions < 300; revisions++) {
            StoreMeta meta = new StoreMeta();
            meta.mergedThrough = 7;
            meta.historyThrough = 7 + revisions;
            meta.historyWeight = 1_000L * revisions;
            UnmergedAges ages = new UnmergedAges(meta, 1_000);
            List<Long> waiting = new ArrayList<>();
            for (long main = 8; main <= meta.historyThrough; main++) {
              ages.found(main);
              waiting.add(main);
            }
            while (!waiting.isEmpty()) {
              ages.remove(waiting.remove(random.nextInt(waiting.size())));
              ages.settle(meta);
              for (long main : waiting) {
                assertThat(main).isGreaterThan(meta.mergedThrough);
              }
            }
            assertThat(meta.mergedThrough).isEqualTo(meta.historyThrough);
            assertThat(meta.mergedWeight).isEqualTo(meta.historyWeight);
          }
        });
  }

  @Test
  void followsTheOldestThatWaitsByASpanAtMost() {
    Seeds.run(
        20,
        random -> {
          StoreMeta meta = new StoreMeta();
          UnmergedAges ages = new UnmergedAges(meta, 500);
          List<Long> waiting = new ArrayList<>();
          for (int turn = 0; turn < 2_000; turn++) {
            meta.historyThrough++;
            for (int sub = 0; sub <= random.nextInt(3); sub++) {
              ages.add(meta.historyThrough, meta.historyWeight);
              meta.historyWeight += 100;
              waiting.add(meta.historyThrough);
            }
            while (waiting.size() > 40 || (random.nextBoolean() && !waiting.isEmpty())) {
              ages.remove(waiting.remove(random.nextInt(Math.min(10, waiting.size()))));
            }
            long before = meta.mergedThrough;
            ages.settle(meta);
            long oldest = waiting.isEmpty() ? meta.historyThrough + 1 : waiting.get(0);
            assertThat(meta.mergedThrough).isBetween(Math.max(before, oldest - 7), oldest - 1);
          }
        });
  }
}
