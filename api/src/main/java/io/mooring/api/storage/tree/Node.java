package io.mooring.api.storage.tree;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * A node of the B+tree. It may be changed only by the editor whose token it carries; once that
 * editor has frozen, nobody has the token any more, and the node never changes again.
 *
 * <p>Invariants: keys ascend strictly in unsigned order; no node but an empty root has count 0; all
 * leaves are equally deep; a node at most a quarter full has neighbours too full to be merged with.
 */
abstract class Node {

  /** Entries of a full node. 64 keeps four levels for a million keys and a copy under 600 bytes. */
  static final int MAX = 64;

  /** At this count a node looks for a neighbour to merge with. */
  static final int SPARSE = MAX / 4;

  /** A merge must leave room, or the next put would split what was just merged. */
  static final int MERGED_MAX = MAX * 3 / 4;

  final Object owner;
  final byte[][] keys = new byte[MAX][];
  int count;

  Node(Object owner) {
    this.owner = owner;
  }

  /** Entries in the leaves below, this one included. */
  abstract long size();

  /** Index of the first key not below {@code key}; {@code count} when all are. */
  final int lowerBound(byte[] key) {
    int low = 0;
    int high = count;
    while (low < high) {
      int mid = (low + high) >>> 1;
      if (Arrays.compareUnsigned(keys[mid], key) < 0) {
        low = mid + 1;
      } else {
        high = mid;
      }
    }
    return low;
  }

  /** Opens a gap at {@code index} for one more key. */
  final void openGap(int index) {
    System.arraycopy(keys, index, keys, index + 1, count - index);
  }

  /** Values beside their keys. */
  static final class Leaf extends Node {
    final Object[] values = new Object[MAX];

    Leaf(Object owner) {
      super(owner);
    }

    @Override
    long size() {
      return count;
    }

    /** Index of a key, or {@code -(insertion point) - 1}. */
    int find(byte[] key) {
      int at = lowerBound(key);
      return at < count && Arrays.equals(keys[at], key) ? at : -at - 1;
    }

    Leaf ownedBy(Object editor) {
      if (owner == editor) {
        return this;
      }
      Leaf copy = new Leaf(editor);
      copy.append(this, 0, count);
      return copy;
    }

    void insert(int index, byte[] key, Object value) {
      openGap(index);
      System.arraycopy(values, index, values, index + 1, count - index);
      keys[index] = key;
      values[index] = value;
      count++;
    }

    void remove(int index) {
      System.arraycopy(keys, index + 1, keys, index, count - index - 1);
      System.arraycopy(values, index + 1, values, index, count - index - 1);
      truncate(count - 1);
    }

    void append(Leaf from, int first, int end) {
      System.arraycopy(from.keys, first, keys, count, end - first);
      System.arraycopy(from.values, first, values, count, end - first);
      count += end - first;
    }

    void truncate(int newCount) {
      Arrays.fill(keys, newCount, count, null);
      Arrays.fill(values, newCount, count, null);
      count = newCount;
    }
  }

  /**
   * Children beside their separators: {@code keys[i]} is not above any key of child i and above
   * every key of child i-1. {@code keys[0]} is never compared with.
   */
  static final class Branch extends Node {
    final @Nullable Node[] children = new Node[MAX];
    long size;

    Branch(Object owner) {
      super(owner);
    }

    @Override
    long size() {
      return size;
    }

    Node child(int index) {
      Node child = children[index];
      assert child != null;
      return child;
    }

    /** Index of the child that holds a key if anyone does. */
    int childFor(byte[] key) {
      int low = 1;
      int high = count;
      while (low < high) {
        int mid = (low + high) >>> 1;
        if (Arrays.compareUnsigned(keys[mid], key) <= 0) {
          low = mid + 1;
        } else {
          high = mid;
        }
      }
      return low - 1;
    }

    Branch ownedBy(Object editor) {
      if (owner == editor) {
        return this;
      }
      Branch copy = new Branch(editor);
      System.arraycopy(keys, 0, copy.keys, 0, count);
      System.arraycopy(children, 0, copy.children, 0, count);
      copy.count = count;
      copy.size = size;
      return copy;
    }

    /** Adds a child whose size this branch counts already. */
    void insert(int index, byte[] separator, Node child) {
      openGap(index);
      System.arraycopy(children, index, children, index + 1, count - index);
      keys[index] = separator;
      children[index] = child;
      count++;
    }

    /** Drops a child whose entries live on in a neighbour. */
    void remove(int index) {
      System.arraycopy(keys, index + 1, keys, index, count - index - 1);
      System.arraycopy(children, index + 1, children, index, count - index - 1);
      count--;
      keys[count] = null;
      children[count] = null;
    }

    /** Takes children over, with their sizes. */
    void append(Branch from, int first, int end) {
      System.arraycopy(from.keys, first, keys, count, end - first);
      System.arraycopy(from.children, first, children, count, end - first);
      count += end - first;
      for (int i = first; i < end; i++) {
        size += from.child(i).size();
      }
    }

    void truncate(int newCount) {
      for (int i = newCount; i < count; i++) {
        size -= child(i).size();
        keys[i] = null;
        children[i] = null;
      }
      count = newCount;
    }
  }
}
