package io.mooring.api.storage.tree;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Random;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The tree against the JDK's sorted map, on random and on adversarial orders. */
class PersistentTreeTest {

  private record Frozen(PersistentTree<Integer> tree, TreeMap<byte[], Integer> model) {}

  @ParameterizedTest
  @ValueSource(ints = {3, 40, 400, 20_000})
  void behavesAsASortedMapAndOldTreesNeverChange(int keySpace) {
    for (int round = 0; round < 4; round++) {
      long seed = System.nanoTime();
      try {
        runAgainstModel(new Random(seed), keySpace);
      } catch (Throwable failure) {
        throw new AssertionError("seed " + seed + " keySpace " + keySpace, failure);
      }
    }
  }

  @Test
  void keysInOrderLeaveFullNodesBehind() {
    TreeEditor<Integer> editor = PersistentTree.<Integer>empty().edit();
    for (int i = 0; i < 64 * 64; i++) {
      editor.put(bigEndian(i), i);
    }
    int[] leaves = new int[1];
    assertThat(validate(editor.freeze(), leaves)).isEqualTo(64 * 64);
    assertThat(leaves[0]).isEqualTo(64);
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 48, 49, 48 * 48, 48 * 48 + 1, 20_000})
  void builtFromSortedEntriesItIsATreeLikeAnyOther(int entries) {
    TreeBuilder<Integer> builder = new TreeBuilder<>();
    for (int i = 0; i < entries; i++) {
      builder.add(bigEndian(i), i);
    }
    PersistentTree<Integer> tree = builder.build();
    assertThat(validate(tree, new int[1])).isEqualTo(entries);
    TreeEditor<Integer> editor = tree.edit();
    for (int i = entries - 1; i >= 0; i--) {
      assertThat(editor.get(bigEndian(i))).isEqualTo(i);
      assertThat(editor.remove(bigEndian(i))).isEqualTo(i);
      if (i % 100 == 0) {
        validate(editor.freeze(), new int[1]);
      }
    }
    assertThat(editor.size()).isZero();
    assertThat(validate(tree, new int[1])).isEqualTo(entries);
  }

  @Test
  void emptiesCompletelyFromEitherEnd() {
    for (boolean fromTheEnd : new boolean[] {false, true}) {
      TreeEditor<Integer> editor = PersistentTree.<Integer>empty().edit();
      for (int i = 0; i < 10_000; i++) {
        editor.put(bigEndian(i), i);
      }
      for (int i = 0; i < 10_000; i++) {
        int key = fromTheEnd ? 9_999 - i : i;
        assertThat(editor.remove(bigEndian(key))).isEqualTo(key);
        if (i % 1_000 == 0) {
          validate(editor.freeze(), new int[1]);
        }
      }
      PersistentTree<Integer> empty = editor.freeze();
      assertThat(empty.isEmpty()).isTrue();
      assertThat(empty.cursor().next()).isFalse();
      assertThat(empty.first()).isNull();
      assertThat(empty.last()).isNull();
    }
  }

  @Test
  void anEmptyKeyAndUnsignedOrder() {
    PersistentTree<String> tree =
        PersistentTree.<String>empty()
            .put(new byte[] {(byte) 0xff}, "ff")
            .put(new byte[] {}, "")
            .put(new byte[] {0x7f}, "7f")
            .put(new byte[] {(byte) 0x80}, "80")
            .put(new byte[] {0}, "00")
            .put(new byte[] {0, 0}, "0000");
    List<String> walked = new ArrayList<>();
    for (TreeCursor<String> c = tree.cursor(); c.next(); ) {
      walked.add(c.value());
    }
    assertThat(walked).containsExactly("", "00", "0000", "7f", "80", "ff");
  }

  private static void runAgainstModel(Random random, int keySpace) {
    TreeMap<byte[], Integer> model = new TreeMap<>(Arrays::compareUnsigned);
    TreeEditor<Integer> editor = PersistentTree.<Integer>empty().edit();
    List<Frozen> frozen = new ArrayList<>();
    int operations = 30_000;
    boolean shrinking = false;
    for (int i = 0; i < operations; i++) {
      if (i % 5_000 == 0) {
        shrinking = !shrinking && i > 0;
      }
      byte[] key = key(random, keySpace);
      if (random.nextInt(10) < (shrinking ? 8 : 2)) {
        assertThat(editor.remove(key)).isEqualTo(model.remove(key));
      } else {
        assertThat(editor.put(key, i)).isEqualTo(model.put(key, i));
      }
      if (random.nextInt(3_000) == 0) {
        frozen.add(new Frozen(editor.freeze(), new TreeMap<>(model)));
      }
      if (random.nextInt(500) == 0) {
        compareRange(editor.cursor(key, null), model.tailMap(key, true));
      }
    }
    frozen.add(new Frozen(editor.freeze(), model));
    for (Frozen one : frozen) {
      assertThat(validate(one.tree, new int[1])).isEqualTo(one.model.size());
      compareRange(one.tree.cursor(), one.model);
      for (int i = 0; i < 50; i++) {
        compareLookups(one, key(random, keySpace), key(random, keySpace));
      }
    }
  }

  private static void compareLookups(Frozen one, byte[] key, byte[] other) {
    assertThat(one.tree.get(key)).isEqualTo(one.model.get(key));
    assertEntry(one.tree.ceiling(key), one.model.ceilingEntry(key));
    assertEntry(one.tree.floor(key), one.model.floorEntry(key));
    assertEntry(one.tree.first(), one.model.firstEntry());
    assertEntry(one.tree.last(), one.model.lastEntry());
    assertThat(one.tree.rank(key)).isEqualTo(one.model.headMap(key, false).size());
    if (Arrays.compareUnsigned(key, other) <= 0) {
      NavigableMap<byte[], Integer> range = one.model.subMap(key, true, other, false);
      assertThat(one.tree.count(key, other)).isEqualTo(range.size());
      compareRange(one.tree.cursor(key, other), range);
    } else {
      assertThat(one.tree.count(key, other)).isZero();
      assertThat(one.tree.cursor(key, other).next()).isFalse();
    }
    assertThat(one.tree.count(key, null)).isEqualTo(one.model.tailMap(key, true).size());
  }

  private static void assertEntry(
      PersistentTree.@Nullable Entry<Integer> actual,
      Map.@Nullable Entry<byte[], Integer> expected) {
    if (actual == null || expected == null) {
      assertThat(actual == null).isEqualTo(expected == null);
    } else {
      assertThat(actual.key()).isEqualTo(expected.getKey());
      assertThat(actual.value()).isEqualTo(expected.getValue());
    }
  }

  private static void compareRange(TreeCursor<Integer> cursor, Map<byte[], Integer> expected) {
    for (Map.Entry<byte[], Integer> entry : expected.entrySet()) {
      assertThat(cursor.next()).isTrue();
      if (!Arrays.equals(cursor.key(), entry.getKey())) {
        assertThat(cursor.key()).isEqualTo(entry.getKey());
      }
      assertThat(cursor.value()).isEqualTo(entry.getValue());
    }
    assertThat(cursor.next()).isFalse();
    assertThat(cursor.next()).isFalse();
  }

  /** Keys of one to three bytes, so that prefixes of each other are common. */
  private static byte[] key(Random random, int keySpace) {
    int number = random.nextInt(keySpace);
    byte[] bytes = new byte[1 + number % 3];
    for (int i = 0; i < bytes.length; i++) {
      bytes[i] = (byte) (number >>> (8 * (bytes.length - 1 - i)));
    }
    return bytes;
  }

  private static byte[] bigEndian(int number) {
    return new byte[] {
      (byte) (number >>> 24), (byte) (number >>> 16), (byte) (number >>> 8), (byte) number
    };
  }

  /** Checks the invariants of every node, and returns the number of entries. */
  private static long validate(PersistentTree<Integer> tree, int[] leaves) {
    return tree.validate(leaves);
  }
}
