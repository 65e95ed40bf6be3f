package io.mooring.api.storage.tree;

import io.mooring.api.storage.tree.Node.Branch;
import io.mooring.api.storage.tree.Node.Leaf;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * A forward walk over a range of a tree, in ascending order. One thread at a time. A cursor over a
 * frozen tree is always valid; one over an editor only until that editor's next change.
 */
public final class TreeCursor<V> {

  private final byte @Nullable [] to;
  private final @Nullable Branch[] path;
  private final int[] pathIndex;
  private Leaf leaf;
  private int index;

  /** End of the range inside {@link #leaf}, so that a step compares no keys. */
  private int end;

  TreeCursor(Node root, int height, byte[] from, byte @Nullable [] to) {
    this.to = to;
    path = new Branch[height - 1];
    pathIndex = new int[height - 1];
    Node node = root;
    for (int level = 0; node instanceof Branch branch; level++) {
      path[level] = branch;
      pathIndex[level] = branch.childFor(from);
      node = branch.child(pathIndex[level]);
    }
    leaf = (Leaf) node;
    index = leaf.lowerBound(from) - 1;
    setEnd();
  }

  /** Moves to the next entry; false at the end, and ever after. */
  public boolean next() {
    if (index + 1 < end) {
      index++;
      return true;
    }
    if (end < leaf.count || !nextLeaf()) {
      index = end;
      return false;
    }
    index = 0;
    setEnd();
    return end > 0;
  }

  /** The key of the entry, frozen. Only after {@link #next} was true. */
  public byte[] key() {
    return leaf.keys[index];
  }

  /** The value of the entry. Only after {@link #next} was true. */
  public V value() {
    return Search.value(leaf, index);
  }

  private void setEnd() {
    end = leaf.count;
    byte[] limit = to;
    // Only the last leaf of a range has a key at its limit or above.
    if (limit != null && end > 0 && Arrays.compareUnsigned(leaf.keys[end - 1], limit) >= 0) {
      end = leaf.lowerBound(limit);
    }
  }

  private boolean nextLeaf() {
    int level = path.length - 1;
    while (level >= 0 && pathIndex[level] + 1 >= branch(level).count) {
      level--;
    }
    if (level < 0) {
      return false;
    }
    Node node = branch(level).child(++pathIndex[level]);
    while (node instanceof Branch branch) {
      level++;
      path[level] = branch;
      pathIndex[level] = 0;
      node = branch.child(0);
    }
    leaf = (Leaf) node;
    return true;
  }

  private Branch branch(int level) {
    Branch branch = path[level];
    assert branch != null;
    return branch;
  }
}
