package io.mooring.api.storage.tck;

import static io.mooring.api.storage.tck.TckAssertions.assertChanges;
import static io.mooring.api.storage.tck.TckAssertions.assertEqualsModel;
import static io.mooring.api.storage.tck.TckAssertions.assertGet;
import static io.mooring.api.storage.tck.TckAssertions.assertPeek;
import static io.mooring.api.storage.tck.TckAssertions.assertRange;
import static io.mooring.api.storage.tck.TckAssertions.assertReader;
import static io.mooring.api.storage.tck.TckAssertions.assertState;

import io.mooring.api.storage.PinRegistry;
import io.mooring.api.storage.Snapshot;
import io.mooring.api.storage.Table;
import io.mooring.api.storage.VersionReader;
import io.mooring.api.testing.Covers;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Long random lives, everything observable compared with the model on the way. */
abstract class MetamorphicCases extends CrashCases {

  private static final int STEPS = 1_000;
  private static final List<Table> TABLES = List.of(Table.values());

  private record Held(Snapshot snapshot, ReferenceModel.Commit as) {}

  @Test
  @Covers({"M1", "M2", "M5", "S15"})
  void randomLives() {
    Seeds.run(
        3,
        random -> {
          reopenEmpty();
          new Life(random, false).run();
        });
  }

  @Test
  @Covers({"S9", "S15"})
  void randomLivesWithRestartsAndCrashes() {
    Seeds.run(
        3,
        random -> {
          reopenEmpty();
          new Life(random, true).run();
        });
  }

  private final class Life {
    private final Random random;
    private final boolean restarts;
    private final Deque<Held> held = new ArrayDeque<>();
    private PinRegistry.Pin pin;

    Life(Random random, boolean restarts) {
      this.random = random;
      this.restarts = restarts;
    }

    void run() {
      for (int step = 0; step < STEPS; step++) {
        writeABatch();
        readSomething();
        upkeep();
        if (restarts && random.nextInt(STEPS / 10) == 0) {
          restart();
        }
      }
      release();
      reclaimTo(store.model().last().compactRevision());
      assertEqualsModel(engine(), store.model());
    }

    private void writeABatch() {
      for (int requests = random.nextInt(4); requests > 0; requests--) {
        store.next();
        for (int changes = 1 + random.nextInt(3); changes > 0; changes--) {
          change();
        }
        if (random.nextInt(6) == 0) {
          look(store.batch(), store.revision());
        }
      }
      if (random.nextInt(3) == 0) {
        Table table = TABLES.get(random.nextInt(TABLES.size()));
        byte[] key = key();
        if (random.nextInt(3) == 0) {
          store.noRow(table, key);
        } else {
          store.row(table, key, payload());
        }
      }
      long compact = store.model().last().compactRevision();
      if (random.nextInt(40) == 0) {
        compact = Math.max(compact, store.revision() - random.nextInt(30));
      }
      store.commit(compact);
    }

    /** At most one change of a key in a main revision, as requests are checked for. */
    private void change() {
      byte[] key = key();
      for (ReferenceModel.Change sibling :
          store.model().changes(store.revision(), store.revision())) {
        if (Arrays.equals(sibling.key(), key)) {
          return;
        }
      }
      if (store.model().aliveAt(key, Long.MAX_VALUE) != null && random.nextInt(3) == 0) {
        store.delete(key);
      } else {
        store.put(key, random.nextInt(3), payload());
      }
    }

    private void readSomething() {
      assertState(engine(), store.model());
      try (Snapshot snapshot = engine().snapshot()) {
        look(snapshot, snapshot.state().revision());
      }
      long low = Math.max(1, store.model().last().compactRevision());
      assertPeek(engine(), store.model(), key(), between(low, store.revision()));
    }

    private void look(VersionReader reader, long revision) {
      long low = Math.max(1, reader.state().compactRevision());
      assertGet(reader, store.model(), key(), between(low, revision));
      byte[] to = random.nextInt(4) == 0 ? null : key();
      assertRange(reader, store.model(), key(), to, between(low, revision));
      assertRange(reader, store.model(), key(), to, Long.MAX_VALUE);
      long from = between(Math.max(low, revision - 20), revision);
      assertChanges(reader, store.model(), from, between(from, revision));
    }

    private void upkeep() {
      switch (random.nextInt(30)) {
        case 0 -> held.add(new Held(engine().snapshot(), store.model().last()));
        case 1 -> {
          Held oldest = held.poll();
          if (oldest != null) {
            assertReader(oldest.snapshot, store.model(), oldest.as);
            oldest.snapshot.close();
          }
        }
        case 2 -> engine().sync();
        case 3 -> {
          if (pin == null) {
            long low = Math.max(1, store.model().last().compactRevision());
            pin = pins.pin(between(low, store.revision()), "life", Long.MAX_VALUE);
          } else {
            try (Snapshot snapshot = engine().snapshot()) {
              long revision = between(pin.revision(), store.revision());
              assertRange(snapshot, store.model(), new byte[0], null, revision);
              assertChanges(snapshot, store.model(), pin.revision(), store.revision());
            }
            pin.close();
            pin = null;
          }
        }
        default -> engine().maintain();
      }
    }

    private void restart() {
      release();
      if (random.nextBoolean()) {
        reopen();
      } else {
        crashAndReopen();
      }
      assertEqualsModel(engine(), store.model());
    }

    private void release() {
      held.forEach(one -> one.snapshot.close());
      held.clear();
      if (pin != null) {
        pin.close();
        pin = null;
      }
    }

    private long between(long low, long high) {
      return low + random.nextInt((int) (high - low + 1));
    }

    /** Few keys, so that they meet often; some share all but their last bytes, far behind. */
    private byte[] key() {
      int number = random.nextInt(40);
      byte[] key = new byte[number % 10 == 9 ? 600 : 1 + number % 4];
      key[key.length - 1] = (byte) (number * 13);
      return key;
    }

    private byte[] payload() {
      byte[] payload = new byte[random.nextInt(50) == 0 ? 20_000 : random.nextInt(40)];
      random.nextBytes(payload);
      return payload;
    }
  }
}
