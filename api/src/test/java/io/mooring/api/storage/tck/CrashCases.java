package io.mooring.api.storage.tck;

import static io.mooring.api.storage.tck.TckAssertions.assertEqualsModel;
import static io.mooring.api.storage.tck.TckStore.bytes;
import static org.assertj.core.api.Assertions.assertThat;

import io.mooring.api.storage.MvccEngine;
import io.mooring.api.storage.Snapshot;
import io.mooring.api.storage.Table;
import io.mooring.api.testing.Covers;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Restarts, in good order and otherwise. */
abstract class CrashCases extends KeyCases {

  @Test
  @Covers({"S9", "S11"})
  void whatWasSyncedSurvivesACrash() {
    fill(new Random(31), 50);
    long synced = engine().sync();
    assertThat(synced).isEqualTo(engine().state().appliedIndex());
    assertThat(engine().durableIndex()).isEqualTo(synced);
    assertThat(heardDurable.get()).isLessThanOrEqualTo(synced);
    crashAndReopen();
    assertThat(engine().state().appliedIndex()).isEqualTo(synced);
    assertThat(engine().durableIndex()).isEqualTo(synced);
    assertEqualsModel(engine(), store.model());
    store.put("after", "crash").commit();
    assertEqualsModel(engine(), store.model());
  }

  @Test
  @Covers({"S9", "P6", "M7"})
  void aCrashKeepsAPrefixOfTheCommits() {
    Seeds.run(
        5,
        random -> {
          for (int round = 0; round < 4; round++) {
            fill(random, 1 + random.nextInt(60));
            long atLeast = engine().durableIndex();
            if (random.nextInt(3) == 0) {
              atLeast = engine().sync();
              fill(random, random.nextInt(20));
            }
            long atMost = engine().state().appliedIndex();
            crashAndReopen();
            assertThat(engine().state().appliedIndex()).isBetween(atLeast, atMost);
            assertThat(engine().durableIndex()).isEqualTo(engine().state().appliedIndex());
            assertEqualsModel(engine(), store.model());
          }
        });
  }

  /** Commits of a few changes and a table row each, with a compaction now and then. */
  private void fill(Random random, int commits) {
    for (int i = 0; i < commits; i++) {
      for (int j = random.nextInt(4); j > 0; j--) {
        byte[] key = bytes("key" + random.nextInt(20));
        store.next();
        if (store.model().aliveAt(key, Long.MAX_VALUE) != null && random.nextInt(4) == 0) {
          store.delete(key);
        } else {
          store.put(key, random.nextInt(3), bytes("v" + random.nextInt()));
        }
      }
      store.row(Table.META, bytes("commit"), bytes("" + store.model().last().appliedIndex()));
      long compact = store.model().last().compactRevision();
      boolean raise = random.nextInt(20) == 0 && store.revision() > 10;
      store.commit(raise ? Math.max(compact, store.revision() - 10) : compact);
      if (random.nextInt(5) == 0) {
        engine().maintain();
      }
    }
  }

  @Test
  void closingKeepsEverything() {
    fill(new Random(37), 100);
    reopen();
    assertEqualsModel(engine(), store.model());
    reopen();
    assertEqualsModel(engine(), store.model());
    fill(new Random(41), 10);
    reopen();
    assertEqualsModel(engine(), store.model());
  }

  @Test
  @Covers("S14")
  @Timeout(60)
  void closingWaitsForSnapshotsOrCutsThemOff() throws Exception {
    fill(new Random(43), 20);
    MvccEngine engine = engine();
    Snapshot snapshot = engine.snapshot();
    CompletableFuture<Void> closing = CompletableFuture.runAsync(engine::close);
    // Reads race with the close: each is answered or refused, and none touches freed memory.
    boolean refused = false;
    for (int i = 0; i < 100_000 && !refused; i++) {
      try {
        snapshot.get(bytes("key" + i % 20), Long.MAX_VALUE, true);
      } catch (io.mooring.api.storage.EngineException e) {
        assertThat(e.kind()).isEqualTo(io.mooring.api.storage.EngineException.Kind.CLOSED);
        refused = true;
      }
    }
    snapshot.close();
    closing.get(50, TimeUnit.SECONDS);
    assertClosed(() -> snapshot.get(bytes("key1"), Long.MAX_VALUE, true));
    assertClosed(engine::snapshot);
  }

  @Test
  @Covers("S14")
  @Timeout(60)
  void closingDoesNotWaitForeverForALeakedSnapshot() {
    store.put("a", "1").commit();
    Snapshot leaked = engine().snapshot();
    engine().close();
    assertClosed(() -> leaked.get(bytes("a"), Long.MAX_VALUE, true));
    leaked.close();
  }
}
