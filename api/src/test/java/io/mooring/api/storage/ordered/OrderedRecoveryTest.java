package io.mooring.api.storage.ordered;

import static org.assertj.core.api.Assertions.assertThat;

import io.mooring.api.storage.EngineConfig;
import io.mooring.api.storage.EngineException;
import io.mooring.api.storage.EngineListener;
import io.mooring.api.storage.MvccEngine;
import io.mooring.api.storage.PinRegistry;
import io.mooring.api.storage.Revision;
import io.mooring.api.storage.WriteBatch;
import io.mooring.api.storage.tck.Seeds;
import io.mooring.api.testing.Covers;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/**
 * What a start takes for merged, against all of history: whatever moment of a pass a crash leaves,
 * the newest change of each key is in latest or waits to be merged.
 */
class OrderedRecoveryTest {

  private static final int KEYS = 150;
  private static final int COMMITS = 400;
  private static final String WHERE = "recovered";

  /** What one run saw, so that the test notices when it stops to test anything. */
  private int skipped;

  private int pending;

  /** In the order of the engine. */
  private final Map<byte[], Change> alive = new TreeMap<>(Arrays::compareUnsigned);

  private record Change(long createRevision, long version) {}

  private record Newest(long main, int sub) {}

  @Test
  @Covers({"S9", "S12"})
  void theNewestChangeOfEachKeyIsMergedOrWaitsWheneverTheStoreDies() {
    Seeds.run(
        5,
        random -> {
          HeapStore.Disk disk = new HeapStore.Disk();
          long main = 1;
          alive.clear();
          for (int life = 0; life < 3; life++) {
            MvccEngine engine = open(disk);
            try {
              main = write(engine, disk, main, random);
            } finally {
              engine.close();
            }
          }
        });
    assertThat(skipped).as("changes that the marks left out").isPositive();
    assertThat(pending).as("changes that waited").isPositive();
  }

  /** Keys that only ever rise: a pass that follows them does not come to an end. */
  @Test
  void whatAStartReadsIsBoundedWhenKeysAreWrittenInOrder() {
    OrderedProfile profile =
        new OrderedProfile(100, 32 << 10, 30, 8 << 10, 5_000_000, 1_000_000, 32 << 10, 4 << 10);
    Seeds.run(
        4,
        random -> {
          HeapStore.Disk disk = new HeapStore.Disk();
          boolean updates = random.nextBoolean();
          long longest = 0;
          try (MvccEngine engine = open(disk, profile)) {
            alive.clear();
            for (int n = 1; n <= 5_000; n++) {
              WriteBatch batch = engine.begin();
              boolean update = updates && n > 100 && random.nextInt(10) == 0;
              byte[] key = ByteBuffer.allocate(8).putInt(4, update ? n % 97 : n).array();
              change(batch, new Revision(n + 1, 0), key, random);
              batch.commit(n, 1, n + 1, -1);
              if (n % 250 == 0) {
                engine.sync();
                StoreMeta meta = StoreMeta.read(new HeapStore(disk, false).view(), WHERE);
                longest = Math.max(longest, meta.historyWeight - meta.mergedWeight);
                HeapStore.Disk left = new HeapStore.Disk();
                left.durable = disk.durable;
                check(left);
              }
            }
          }
          assertThat(longest).isBetween(16L << 10, 5 * profile.overlayBytes());
        });
  }

  private static MvccEngine open(HeapStore.Disk disk) {
    return open(disk, HeapHarness.tiny());
  }

  private static MvccEngine open(HeapStore.Disk disk, OrderedProfile profile) {
    EngineListener listener =
        new EngineListener() {
          @Override
          public void durable(long appliedIndex) {}

          @Override
          public void failed(EngineException cause) {
            throw cause;
          }
        };
    EngineConfig config = EngineConfig.of(Path.of(WHERE), listener, new PinRegistry());
    return OrderedEngine.open("heap", config, profile, new HeapStore(disk, false));
  }

  /** Writes, and now and then looks at what a crash would leave. */
  private long write(MvccEngine engine, HeapStore.Disk disk, long from, Random random) {
    long main = from;
    // Mostly to one end of the keys: passes and changes then meet in every way.
    boolean ascending = random.nextBoolean();
    for (int commit = 0; commit < COMMITS; commit++) {
      WriteBatch batch = engine.begin();
      int changes = 1 + random.nextInt(4);
      main++;
      for (int sub = 0; sub < changes; sub++) {
        int n = ascending && random.nextInt(4) > 0 ? commit % KEYS : random.nextInt(KEYS);
        change(batch, new Revision(main, sub), key(n), random);
      }
      batch.commit(main, 1, main, -1);
      if (random.nextInt(20) == 0) {
        HeapStore.Disk left = new HeapStore.Disk();
        left.durable = disk.durable;
        check(left);
      }
    }
    return main;
  }

  /** Short ones, long ones, and ones too long to be marked. */
  private static byte[] key(int n) {
    byte[] key = new byte[n % 10 == 0 ? PassMarks.MAX_POSITION_BYTES + 50 : 4 + n % 7];
    Arrays.fill(key, (byte) 'k');
    ByteBuffer.wrap(key).putInt(0, n * 3);
    return key;
  }

  private void change(WriteBatch batch, Revision at, byte[] key, Random random) {
    Change before = alive.get(key);
    if (before != null && random.nextInt(5) == 0) {
      batch.delete(at, key);
      alive.remove(key);
      return;
    }
    long created = before == null ? at.main() : before.createRevision();
    long version = before == null ? 1 : before.version() + 1;
    batch.put(at, key, created, version, 0, new byte[random.nextInt(300)]);
    alive.put(key, new Change(created, version));
  }

  private void check(HeapStore.Disk left) {
    HeapStore store = new HeapStore(left, false);
    Recovery recovery = Recovery.of(store, WHERE, 4 << 10);
    RecordCodec codec = new RecordCodec(WHERE);
    VersionSlot slot = new VersionSlot();
    Map<byte[], Newest> wanted = new TreeMap<>(Arrays::compareUnsigned);
    try (StoreView view = store.view();
        StoreCursor history = view.cursor(Space.HISTORY)) {
      for (boolean there = history.next(); there; there = history.next()) {
        codec.decode(history.value(), slot);
        wanted.put(VersionSlot.bytesOf(slot.key), new Newest(slot.main, slot.sub));
      }
      wanted.forEach(
          (key, newest) -> {
            Row waiting = recovery.heap().overlay().get(key);
            Newest found =
                waiting == null ? merged(view, codec, key) : new Newest(waiting.main, waiting.sub);
            assertThat(found).as("key %s", Arrays.toString(key)).isEqualTo(newest);
          });
    }
    int waits = (int) recovery.heap().overlay().size();
    pending += waits;
    skipped += (int) wanted.entrySet().stream().filter(e -> !passed(e, recovery.meta())).count();
    skipped -= waits;
  }

  /** What is merged as far as the position of the running pass alone can tell. */
  private static boolean passed(Map.Entry<byte[], Newest> newest, StoreMeta meta) {
    long main = newest.getValue().main();
    return main <= meta.mergedThrough
        || (main <= meta.passFrom
            && Arrays.compareUnsigned(newest.getKey(), meta.passPosition) <= 0);
  }

  private static @Nullable Newest merged(StoreView view, RecordCodec codec, byte[] key) {
    VersionSlot slot = new VersionSlot();
    for (Space space : new Space[] {Space.LATEST, Space.DEAD}) {
      ByteBuffer record = view.get(space, key);
      if (record != null) {
        codec.decode(ByteBuffer.wrap(key), record, slot);
        return new Newest(slot.main, slot.sub);
      }
    }
    return null;
  }
}
