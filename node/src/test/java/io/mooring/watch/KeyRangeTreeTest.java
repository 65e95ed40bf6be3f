package io.mooring.watch;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import io.mooring.api.testing.Covers;
import io.mooring.machine.mvcc.KeyRange;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class KeyRangeTreeTest {

  private static List<Integer> at(KeyRangeTree<Integer> tree, byte[] key) {
    List<Integer> found = new ArrayList<>();
    tree.visit(key, found::add);
    found.sort(null);
    return found;
  }

  @Test
  @Covers("P15")
  void answersLikeAListOfRanges() {
    for (long seed = 1; seed <= 200; seed++) {
      againstNaive(seed);
    }
  }

  private static void againstNaive(long seed) {
    Random random = new Random(seed);
    KeyRangeTree<Integer> tree = new KeyRangeTree<>();
    List<KeyRangeTree.Entry<Integer>> entries = new ArrayList<>();
    List<KeyRange> ranges = new ArrayList<>();
    for (int step = 0; step < 300; step++) {
      if (entries.isEmpty() || random.nextInt(5) < 3) {
        KeyRange range =
            KeyRange.of(
                ByteString.copyFrom(key(random)),
                ByteString.copyFrom(random.nextInt(3) == 0 ? key(random) : end(random)));
        if (!range.isEmpty()) {
          entries.add(tree.add(range, step));
          ranges.add(range);
        }
      } else {
        int victim = random.nextInt(entries.size());
        tree.remove(entries.remove(victim));
        ranges.remove(victim);
      }
      byte[] probe = key(random);
      List<Integer> expected = new ArrayList<>();
      for (int i = 0; i < ranges.size(); i++) {
        if (ranges.get(i).contains(probe)) {
          expected.add(entries.get(i).value());
        }
      }
      expected.sort(null);
      assertThat(at(tree, probe)).as("seed %d step %d", seed, step).isEqualTo(expected);
      assertThat(tree.size()).isEqualTo(ranges.size());
    }
    List<Integer> all = new ArrayList<>();
    tree.visitAll(all::add);
    assertThat(all).hasSize(ranges.size());
    assertThat(tree.ranges()).as("seed %d", seed).hasSizeBetween(1, ranges.size());
    entries.forEach(tree::remove);
    assertThat(tree.size()).isZero();
    assertThat(tree.ranges()).isEmpty();
  }

  private static byte[] key(Random random) {
    byte[] key = new byte[1 + random.nextInt(3)];
    byte[] alphabet = {0, 1, 'a', 'b', (byte) 0x7f, (byte) 0x80, (byte) 0xff};
    for (int i = 0; i < key.length; i++) {
      key[i] = alphabet[random.nextInt(alphabet.length)];
    }
    return key;
  }

  private static byte[] end(Random random) {
    return random.nextBoolean() ? new byte[0] : new byte[] {0};
  }
}
