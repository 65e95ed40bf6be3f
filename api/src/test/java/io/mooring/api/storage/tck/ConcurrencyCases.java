package io.mooring.api.storage.tck;

import static io.mooring.api.storage.tck.TckStore.bytes;
import static org.assertj.core.api.Assertions.assertThat;

import io.mooring.api.storage.ChangeCursor;
import io.mooring.api.storage.EngineState;
import io.mooring.api.storage.Snapshot;
import io.mooring.api.storage.Table;
import io.mooring.api.storage.Version;
import io.mooring.api.storage.VersionCursor;
import io.mooring.api.testing.Covers;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Readers on their own threads, while commits, compaction and reclaiming go on. */
abstract class ConcurrencyCases extends MetamorphicCases {

  private static final int KEYS = 60;
  private static final int COMMITS = 1_500;

  @Test
  @Covers({"S14", "M11", "P6"})
  @Timeout(300)
  void snapshotsAreWholeWhileTheStoreMoves() throws Exception {
    AtomicBoolean done = new AtomicBoolean();
    AtomicLong reads = new AtomicLong();
    ExecutorService readers = Executors.newFixedThreadPool(3);
    try {
      List<Future<?>> running = new ArrayList<>();
      for (int i = 0; i < 3; i++) {
        long seed = 47L + i;
        running.add(readers.submit(() -> readUntil(done, new Random(seed), reads)));
      }
      try {
        writeRevisions(new Random(53), reads);
      } finally {
        done.set(true);
      }
      for (Future<?> reader : running) {
        join(reader);
      }
      assertThat(reads.get()).as("snapshots read meanwhile").isPositive();
    } finally {
      readers.shutdownNow();
    }
  }

  private static void join(Future<?> reader) throws InterruptedException {
    try {
      reader.get();
    } catch (ExecutionException e) {
      throw new AssertionError("a reader failed", e.getCause());
    }
  }

  /** Each revision r rewrites five keys with the text r, and the row "revision" says r. */
  private void writeRevisions(Random random, AtomicLong reads) {
    for (int i = 0; i < COMMITS || (reads.get() < 50 && i < COMMITS * 100); i++) {
      store.next();
      for (int j = 0; j < 5; j++) {
        byte[] key = bytes("key" + (j * KEYS / 5 + random.nextInt(KEYS / 5)));
        boolean alive = store.model().aliveAt(key, Long.MAX_VALUE) != null;
        if (alive && random.nextInt(4) == 0) {
          store.delete(key);
        } else {
          store.put(key, 0, bytes("" + store.revision()));
        }
      }
      store.row(Table.META, bytes("revision"), bytes("" + store.revision()));
      long compact = store.model().last().compactRevision();
      store.commit(i % 20 == 19 ? Math.max(compact, store.revision() - 15) : compact);
      engine().maintain();
      if (i % 300 == 299) {
        engine().sync();
      }
    }
  }

  private Object readUntil(AtomicBoolean done, Random random, AtomicLong reads) {
    long lastRevision = 0;
    while (!done.get()) {
      try (Snapshot snapshot = engine().snapshot()) {
        EngineState state = snapshot.state();
        assertThat(state.revision())
            .as("revisions never fall")
            .isGreaterThanOrEqualTo(lastRevision);
        lastRevision = state.revision();
        if (lastRevision > 1) {
          readWhole(snapshot, state, random);
        }
        reads.incrementAndGet();
      }
    }
    return null;
  }

  private static void readWhole(Snapshot snapshot, EngineState state, Random random) {
    assertThat(snapshot.tableGet(Table.META, bytes("revision")))
        .isEqualTo(bytes("" + state.revision()));
    long low = Math.max(2, state.compactRevision());
    long at = low + random.nextInt((int) (state.revision() - low + 1));
    long newest = 0;
    long found = 0;
    try (VersionCursor cursor = snapshot.range(new byte[0], null, at)) {
      while (cursor.next()) {
        found++;
        assertThat(TckAssertions.copy(cursor.payload()))
            .isEqualTo(bytes("" + cursor.modRevision()));
        newest = Math.max(newest, cursor.modRevision());
        Version same = snapshot.get(TckAssertions.copy(cursor.key()), at, true);
        assertThat(same.modRevision()).isEqualTo(cursor.modRevision());
      }
    }
    assertThat(newest).isLessThanOrEqualTo(at);
    assertThat(snapshot.count(new byte[0], null, at)).isEqualTo(found);
    assertThat(snapshot.count(new byte[0], null, Long.MAX_VALUE)).isEqualTo(state.keyCount());
    try (ChangeCursor changes = snapshot.changes(at, state.revision())) {
      for (long main = at; main <= state.revision(); main++) {
        for (int sub = 0; sub < 5; sub++) {
          assertThat(changes.next()).isTrue();
          assertThat(changes.modRevision()).isEqualTo(main);
          assertThat(changes.modSub()).isEqualTo(sub);
        }
      }
      assertThat(changes.next()).isFalse();
    }
  }
}
