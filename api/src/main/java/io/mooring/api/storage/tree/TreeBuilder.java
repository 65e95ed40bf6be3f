package io.mooring.api.storage.tree;

import io.mooring.api.storage.tree.Node.Branch;
import io.mooring.api.storage.tree.Node.Leaf;
import java.util.ArrayList;
import java.util.List;

/**
 * Makes a tree of entries that come in ascending order, each node once and from the leaves up: no
 * key is compared. For one thread, and for one tree.
 */
public final class TreeBuilder<V> {

  /** Leaves room, or the first changes would split every node. */
  private static final int FILL = Node.MERGED_MAX;

  /** Nobody else ever has it: the nodes never change once they are built. */
  private final Object token = new Object();

  private final List<Node> leaves = new ArrayList<>();
  private Leaf leaf = new Leaf(token);

  /** Adds an entry; its key, frozen from now on, must be above all before. */
  public void add(byte[] key, V value) {
    if (leaf.count == FILL) {
      leaves.add(leaf);
      leaf = new Leaf(token);
    }
    leaf.keys[leaf.count] = key;
    leaf.values[leaf.count] = value;
    leaf.count++;
  }

  /** The tree of all that was added. To be called once. */
  public PersistentTree<V> build() {
    leaves.add(leaf);
    List<Node> level = leaves;
    int height = 1;
    while (level.size() > 1) {
      level = branches(level);
      height++;
    }
    return new PersistentTree<>(level.get(0), height);
  }

  private List<Node> branches(List<Node> children) {
    List<Node> level = new ArrayList<>();
    Branch branch = new Branch(token);
    for (Node child : children) {
      if (branch.count == FILL) {
        level.add(branch);
        branch = new Branch(token);
      }
      branch.insert(branch.count, child.keys[0], child);
      branch.size += child.size();
    }
    level.add(branch);
    return level;
  }
}
