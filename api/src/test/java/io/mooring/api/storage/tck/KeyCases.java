package io.mooring.api.storage.tck;

import static io.mooring.api.storage.tck.TckAssertions.assertEqualsModel;
import static io.mooring.api.storage.tck.TckAssertions.assertRange;
import static io.mooring.api.storage.tck.TckStore.bytes;
import static org.assertj.core.api.Assertions.assertThat;

import io.mooring.api.storage.Snapshot;
import io.mooring.api.testing.Covers;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/** Keys that a byte layout gets wrong first. */
abstract class KeyCases extends CompactionCases {

  private static final byte[] FIRST = {};

  @Test
  @Covers("S15")
  void shortKeysAndRuns() {
    List<byte[]> keys = new ArrayList<>();
    for (int value : new int[] {0x00, 0x01, 0x02, 0x7f, 0x80, 0xfe, 0xff}) {
      for (int length : new int[] {1, 2, 3, 7, 8, 9, 16, 100}) {
        keys.add(run(value, length));
      }
    }
    liveThroughALife(keys);
  }

  @Test
  @Covers("S15")
  void keysThatArePrefixesOfEachOther() {
    List<byte[]> keys = new ArrayList<>();
    byte[] base = bytes("base");
    for (int[] tail :
        new int[][] {
          {},
          {0},
          {0, 0},
          {0, 1},
          {0, 0xff},
          {1},
          {1, 0},
          {0xff},
          {0xff, 0},
          {0xff, 0xff},
          {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0},
          {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff}
        }) {
      byte[] key = Arrays.copyOf(base, base.length + tail.length);
      for (int i = 0; i < tail.length; i++) {
        key[base.length + i] = (byte) tail[i];
      }
      keys.add(key);
    }
    liveThroughALife(keys);
  }

  @Test
  @Covers({"S13", "S15"})
  void keysAroundAndFarBeyondTheLimitOfLmdb() {
    List<byte[]> keys = new ArrayList<>();
    for (int length : new int[] {1, 400, 470, 480, 490, 495, 496, 500}) {
      keys.add(run('k', length));
    }
    for (int length = 503; length <= 514; length++) {
      keys.add(run('k', length));
      keys.add(run(0x00, length));
      keys.add(run(0xff, length));
    }
    keys.add(run('k', 1_023));
    keys.add(run('k', 70_000));
    keys.add(run('k', 1 << 20));
    keys.add(run(0xff, 1 << 20));
    liveThroughALife(keys);
  }

  @Test
  @Covers({"S13", "S15"})
  void longKeysThatDifferOnlyFarBehind() {
    List<byte[]> keys = new ArrayList<>();
    for (int length : new int[] {480, 511, 512, 600, 5_000}) {
      for (int tail : new int[] {0, 1, 2, 'x', 0xfe, 0xff}) {
        byte[] key = run('p', length);
        key[length - 1] = (byte) tail;
        keys.add(key);
        byte[] longer = Arrays.copyOf(key, length + 1);
        keys.add(longer);
      }
    }
    liveThroughALife(keys);
  }

  @Test
  @Covers("S15")
  void randomKeysOfTheWorstAlphabet() {
    Seeds.run(
        3,
        random -> {
          reopenEmpty();
          TreeSet<byte[]> keys = new TreeSet<>(Arrays::compareUnsigned);
          while (keys.size() < 60) {
            int length = random.nextInt(8) == 0 ? 500 + random.nextInt(30) : 1 + random.nextInt(6);
            keys.add(worst(random, length));
          }
          liveThroughALife(new ArrayList<>(keys));
        });
  }

  private static byte[] worst(Random random, int length) {
    byte[] key = new byte[length];
    byte[] alphabet = {0, 1, (byte) 0xfe, (byte) 0xff};
    for (int i = 0; i < length; i++) {
      // Long keys agree in front, so that order is decided late.
      key[i] = length > 100 && i < length - 4 ? 0 : alphabet[random.nextInt(4)];
    }
    return key;
  }

  /** Put, overwrite, delete, recreate, compact; every range border; then a restart. */
  private void liveThroughALife(List<byte[]> keys) {
    List<byte[]> shuffled = new ArrayList<>(keys);
    Collections.shuffle(shuffled, new Random(23));
    shuffled.forEach(key -> store.next().put(key, 1, bytes("first")));
    store.commit();
    assertBorders(keys);
    for (int i = 0; i < shuffled.size(); i++) {
      store.next();
      if (i % 3 == 0) {
        store.delete(shuffled.get(i));
      } else {
        store.put(shuffled.get(i), 0, bytes("second " + i));
      }
    }
    store.commit();
    long compact = store.revision() - keys.size() / 2;
    for (int i = 0; i < shuffled.size(); i += 6) {
      store.next().put(shuffled.get(i), 2, bytes("again"));
    }
    store.commit();
    assertEqualsModel(engine(), store.model());
    assertBorders(keys);
    engine().sync();
    store.commit(compact);
    reclaimTo(compact);
    assertEqualsModel(engine(), store.model());
    reopen();
    assertEqualsModel(engine(), store.model());
    assertBorders(keys);
  }

  private void assertBorders(List<byte[]> keys) {
    long revision = store.revision();
    Random random = new Random(29);
    try (Snapshot snapshot = engine().snapshot()) {
      for (byte[] from : keys) {
        byte[] after = Arrays.copyOf(from, from.length + 1);
        assertRange(snapshot, store.model(), from, after, revision);
        assertThat(snapshot.count(from, after, revision)).isLessThanOrEqualTo(1);
        byte[] to = keys.get(random.nextInt(keys.size()));
        assertRange(snapshot, store.model(), from, to, revision);
        long past = revision - random.nextInt(keys.size());
        long readable = Math.max(past, store.model().last().compactRevision());
        assertRange(snapshot, store.model(), after, to, readable);
        assertRange(snapshot, store.model(), FIRST, from, revision);
        byte[] before = Arrays.copyOf(from, from.length - 1);
        assertThat(snapshot.get(after, revision, true) == null)
            .isEqualTo(store.model().aliveAt(after, revision) == null);
        if (before.length > 0) {
          TckAssertions.assertGet(snapshot, store.model(), before, revision);
        }
      }
    }
  }

  private static byte[] run(int value, int length) {
    byte[] key = new byte[length];
    Arrays.fill(key, (byte) value);
    return key;
  }
}
