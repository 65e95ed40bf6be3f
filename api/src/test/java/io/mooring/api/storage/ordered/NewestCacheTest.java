package io.mooring.api.storage.ordered;

import static org.assertj.core.api.Assertions.assertThat;

import io.mooring.api.storage.tck.Seeds;
import java.util.Arrays;
import java.util.Objects;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class NewestCacheTest {

  @Test
  void whatItKnowsIsTheNewest() {
    Seeds.run(
        2,
        random -> {
          NewestCache cache = new NewestCache(400_000);
          TreeMap<byte[], Row> newest = new TreeMap<>(Arrays::compareUnsigned);
          int known = 0;
          for (int step = 1; step < 60_000; step++) {
            byte[] key = key(random);
            Row row = row(key, step, random);
            if (random.nextInt(20) == 0) {
              newest.remove(key);
              cache.remove(key);
            } else {
              newest.put(key, row);
              cache.put(row);
            }
            byte[] asked = key(random);
            Row answer = cache.get(asked);
            if (answer != null) {
              known++;
              assertSame(answer, Objects.requireNonNull(newest.get(asked)));
            }
          }
          assertThat(known).as("answers").isGreaterThan(5_000);
          assertThat(cache.usedBytes()).isLessThan(600_000);
        });
  }

  @Test
  void aFewKeysAreNeverForgotten() {
    NewestCache cache = new NewestCache(1 << 20);
    Random random = new Random(7);
    for (int step = 1; step < 100_000; step++) {
      byte[] key = {(byte) random.nextInt(200)};
      Row row = row(key, step, random);
      cache.put(row);
      Row answer = cache.get(key);
      if (!row.tombstone()) {
        assertThat(answer).isNotNull();
      }
    }
  }

  @Test
  void tombstonesAndLongKeysAreNotKept() {
    NewestCache cache = new NewestCache(1 << 20);
    byte[] key = {1};
    cache.put(new Row(key, 5, 0, 5, 1, 0, new byte[3], 3, Links.NONE, false));
    assertThat(cache.get(key)).isNotNull();
    cache.put(new Row(key, 6, 0, 6, 0, 0, Row.NO_BYTES, 0, Links.NONE, false));
    assertThat(cache.get(key)).isNull();
    byte[] longKey = new byte[5_000];
    cache.put(new Row(longKey, 7, 0, 7, 1, 0, new byte[3], 3, Links.NONE, false));
    assertThat(cache.get(longKey)).isNull();
  }

  /** One of 3,000 keys, of all lengths; some too long to be kept. */
  private static byte[] key(Random random) {
    int number = random.nextInt(3_000);
    byte[] key = new byte[2 + (number % 7 == 0 ? number / 2 : number % 60)];
    key[0] = (byte) number;
    key[1] = (byte) (number >> 8);
    return key;
  }

  private static Row row(byte[] key, long main, Random random) {
    long version = random.nextInt(10) == 0 ? 0 : 1 + random.nextInt(1_000_000);
    long lease = random.nextInt(3) == 0 ? random.nextLong() : 0;
    long[] ancestors = new long[2 * random.nextInt(6)];
    for (int i = 0; i < ancestors.length; i += 2) {
      ancestors[i] = random.nextInt((int) main);
      ancestors[i + 1] = Links.pack(random.nextInt(100_000), 1 + random.nextInt(20));
    }
    Links links = new Links(0, 0, 0, 1 + random.nextInt(30), ancestors);
    int sub = random.nextInt(3) * 70_000;
    return new Row(key, main, sub, main / 2, version, lease, null, sub, links, false);
  }

  private static void assertSame(Row answer, Row expected) {
    assertThat(expected).isNotNull();
    assertThat(answer.key).isEqualTo(expected.key);
    assertThat(answer.main).isEqualTo(expected.main);
    assertThat(answer.sub).isEqualTo(expected.sub);
    assertThat(answer.createRevision).isEqualTo(expected.createRevision);
    assertThat(answer.version).isEqualTo(expected.version);
    assertThat(answer.leaseId).isEqualTo(expected.leaseId);
    assertThat(answer.payloadLength).isEqualTo(expected.payloadLength);
    assertThat(answer.links().level).isEqualTo(expected.links().level);
    assertThat(answer.links().ancestors).containsExactly(expected.links().ancestors);
  }
}
