package io.mooring.api.storage.ordered;

import java.util.Arrays;

/**
 * How a change leads to the earlier changes of its key.
 *
 * <p>Beside its predecessor a change names the roots of a skew-binary list of its ancestors (Myers,
 * "An applicative random-access stack", 1983): trees of 2^level - 1 changes, the nearest first,
 * levels rising. A change whose two nearest trees are equally high becomes the root of both, else a
 * tree of its own:
 *
 * <pre>
 *   change     1   2   3   4   5   6   7   8
 *   own level  1   1   2   1   1   2   3   1
 *   ancestors  -   1   -   3   4,3 3   -   7
 * </pre>
 *
 * <p>So n changes of a key are described by at most log2(n) ancestors, and the newest change not
 * above a revision is found in O(log n) look-ups, without a table that would have to be maintained
 * or trimmed. Ancestors at or below the compact revision are dropped: nobody asks for what is
 * before them.
 */
final class Links {

  static final Links NONE = new Links(0, 0, 0, 1, new long[0]);

  private static final int LEVEL_BITS = 8;
  private static final int LEVEL_MASK = (1 << LEVEL_BITS) - 1;

  /** The change before this one, of the same key; 0 for none. */
  final long previousMain;

  final int previousSub;

  /** Key and payload bytes of the previous version; 0 when there is none or it is a tombstone. */
  final int previousBytes;

  /** Level of the tree that this change is the root of. */
  final int level;

  /** Pairs, nearest first: main revision; then sub and level packed. */
  final long[] ancestors;

  Links(long previousMain, int previousSub, int previousBytes, int level, long[] ancestors) {
    this.previousMain = previousMain;
    this.previousSub = previousSub;
    this.previousBytes = previousBytes;
    this.level = level;
    this.ancestors = ancestors;
  }

  /** The links of the change after a given one. */
  static Links after(Row previous, long compactRevision) {
    Links before = previous.links();
    int previousBytes = previous.tombstone() ? 0 : previous.logicalBytes();
    int count = before.ancestors.length / 2;
    int level = 1;
    long[] ancestors;
    if (count > 0 && levelOf(before.ancestors[1]) == before.level) {
      level = before.level + 1;
      ancestors = Arrays.copyOfRange(before.ancestors, 2, before.ancestors.length);
    } else {
      ancestors = new long[before.ancestors.length + 2];
      ancestors[0] = previous.main;
      ancestors[1] = pack(previous.sub, before.level);
      System.arraycopy(before.ancestors, 0, ancestors, 2, before.ancestors.length);
    }
    int kept = ancestors.length;
    while (kept > 0 && ancestors[kept - 2] <= compactRevision) {
      kept -= 2;
    }
    long[] trimmed = kept == ancestors.length ? ancestors : Arrays.copyOf(ancestors, kept);
    return new Links(previous.main, previous.sub, previousBytes, level, trimmed);
  }

  static long pack(int sub, int level) {
    return (long) sub << LEVEL_BITS | level;
  }

  static int subOf(long packed) {
    return (int) (packed >>> LEVEL_BITS);
  }

  static int levelOf(long packed) {
    return (int) packed & LEVEL_MASK;
  }
}
