package io.mooring.watch;

import static org.assertj.core.api.Assertions.assertThat;

import io.mooring.api.testing.Covers;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class KeyRangeTreeTest {

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.ISO_8859_1);
  }

  private static List<Integer> at(KeyRangeTree<Integer> tree, byte[] key) {
    List<Integer> found = new ArrayList<>();
    tree.visit(key, found::add);
    found.sort(null);
    return found;
  }

  @Test
  void readsEtcdsNotationOfRanges() {
    assertThat(KeyRange.of(bytes("a"), bytes("")).isPoint()).isTrue();
    assertThat(KeyRange.of(bytes("a"), bytes("")).contains(bytes("a\0"))).isFalse();
    assertThat(KeyRange.of(bytes("b"), bytes("\0")).contains(bytes("\u00ff\u00ff"))).isTrue();
    assertThat(KeyRange.of(bytes("b"), bytes("\0")).contains(bytes("a"))).isFalse();
    assertThat(KeyRange.of(bytes(""), bytes("")).contains(bytes("\0"))).isTrue();
    assertThat(KeyRange.of(bytes("b"), bytes("b")).isEmpty()).isTrue();
    assertThat(KeyRange.of(bytes("b"), bytes("a")).isEmpty()).isTrue();
    assertThat(KeyRange.of(bytes("\0"), bytes("\0")).isEmpty()).isFalse();
    assertThat(KeyRange.of(bytes("\u00fe"), bytes("\u00ff")).contains(bytes("\u00fe\u0001")))
        .isTrue();
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
            KeyRange.of(key(random), random.nextInt(3) == 0 ? key(random) : end(random));
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
    assertThat(tree.ranges())
        .as("seed %d", seed)
        .containsExactlyInAnyOrderElementsOf(ranges.stream().distinct().toList());
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
