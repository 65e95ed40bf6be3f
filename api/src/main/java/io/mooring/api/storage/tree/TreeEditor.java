package io.mooring.api.storage.tree;

import io.mooring.api.storage.tree.Node.Branch;
import io.mooring.api.storage.tree.Node.Leaf;
import org.jspecify.annotations.Nullable;

/**
 * A tree being changed by one thread. Nodes that it made itself are changed in place, so that each
 * node is copied once however many changes a batch brings to it. {@link #freeze()} turns the
 * present content into a tree; the editor may go on afterwards and copies afresh.
 */
public final class TreeEditor<V> implements TreeReader<V> {

  private Node root;
  private int height;

  /** What this editor's own nodes carry; forgotten by {@link #freeze()}. */
  private Object token = new Object();

  // Results of the recursion beside the node that it returns.
  private @Nullable V previous;
  private @Nullable Node splitRight;
  private byte[] splitKey = Search.NO_BYTES;

  TreeEditor(Node root, int height) {
    this.root = root;
    this.height = height;
  }

  @Override
  public long size() {
    return root.size();
  }

  @Override
  public @Nullable V get(byte[] key) {
    return Search.get(root, key);
  }

  @Override
  public long count(byte[] from, byte @Nullable [] to) {
    return Search.count(root, from, to);
  }

  @Override
  public TreeCursor<V> cursor(byte[] from, byte @Nullable [] to) {
    return new TreeCursor<>(root, height, from, to);
  }

  /**
   * Adds an entry or replaces its value.
   *
   * @param key frozen from now on; kept only when it is new
   * @return the value replaced, or null when the key is new
   */
  public @Nullable V put(byte[] key, V value) {
    previous = null;
    root = put(root, key, value);
    Node right = splitRight;
    if (right != null) {
      Branch grown = new Branch(token);
      grown.size = root.size() + right.size();
      grown.insert(0, root.keys[0], root);
      grown.insert(1, splitKey, right);
      splitRight = null;
      root = grown;
      height++;
    }
    return takePrevious();
  }

  /**
   * Removes an entry.
   *
   * @return its value, or null when there was none
   */
  public @Nullable V remove(byte[] key) {
    if (get(key) == null) {
      return null;
    }
    root = remove(root, key);
    while (root instanceof Branch branch && branch.count == 1) {
      root = branch.child(0);
      height--;
    }
    return takePrevious();
  }

  /** The present content as a tree that never changes. */
  public PersistentTree<V> freeze() {
    token = new Object();
    return new PersistentTree<>(root, height);
  }

  private @Nullable V takePrevious() {
    V taken = previous;
    previous = null;
    return taken;
  }

  private Node put(Node node, byte[] key, V value) {
    if (node instanceof Leaf leaf) {
      return putIntoLeaf(leaf.ownedBy(token), key, value);
    }
    Branch branch = ((Branch) node).ownedBy(token);
    int at = branch.childFor(key);
    branch.children[at] = put(branch.child(at), key, value);
    if (previous == null) {
      branch.size++;
    }
    Node right = splitRight;
    if (right != null) {
      splitRight = null;
      insertChild(branch, at + 1, splitKey, right);
    }
    return branch;
  }

  private Node putIntoLeaf(Leaf leaf, byte[] key, V value) {
    int found = leaf.find(key);
    if (found >= 0) {
      previous = Search.value(leaf, found);
      leaf.values[found] = value;
      return leaf;
    }
    int at = -found - 1;
    if (leaf.count < Node.MAX) {
      leaf.insert(at, key, value);
      return leaf;
    }
    Leaf right = new Leaf(token);
    int middle = splitPoint(at);
    right.append(leaf, middle, leaf.count);
    leaf.truncate(middle);
    if (at <= middle && middle < Node.MAX) {
      leaf.insert(at, key, value);
    } else {
      right.insert(at - middle, key, value);
    }
    splitRight = right;
    splitKey = right.keys[0];
    return leaf;
  }

  private void insertChild(Branch branch, int at, byte[] separator, Node child) {
    if (branch.count < Node.MAX) {
      branch.insert(at, separator, child);
      return;
    }
    // Sizes below follow the children: the new child's entries are in branch.size already, and
    // were counted as its left neighbour's until now.
    Branch right = new Branch(token);
    int middle = splitPoint(at);
    long total = branch.size;
    right.append(branch, middle, branch.count);
    branch.truncate(middle);
    if (at <= middle && middle < Node.MAX) {
      branch.insert(at, separator, child);
      branch.size = total - right.size;
    } else {
      right.insert(at - middle, separator, child);
      right.size += child.size();
      branch.size = total - right.size;
    }
    splitRight = right;
    splitKey = right.keys[0];
  }

  /** Half and half, but keys that arrive in order leave full nodes behind. */
  private static int splitPoint(int insertAt) {
    return insertAt == Node.MAX ? Node.MAX : Node.MAX / 2;
  }

  /** The key is known to be below this node. */
  private Node remove(Node node, byte[] key) {
    if (node instanceof Leaf shared) {
      Leaf leaf = shared.ownedBy(token);
      int at = leaf.find(key);
      previous = Search.value(leaf, at);
      leaf.remove(at);
      return leaf;
    }
    Branch branch = ((Branch) node).ownedBy(token);
    int at = branch.childFor(key);
    Node child = remove(branch.child(at), key);
    branch.children[at] = child;
    branch.size--;
    if (child.count <= Node.SPARSE) {
      mergeWithNeighbour(branch, at);
    }
    return branch;
  }

  private void mergeWithNeighbour(Branch branch, int at) {
    int count = branch.child(at).count;
    if (at > 0 && mergeable(branch.child(at - 1).count, count)) {
      merge(branch, at - 1);
    } else if (at + 1 < branch.count && mergeable(count, branch.child(at + 1).count)) {
      merge(branch, at);
    } else if (count == 0) {
      // An only child: this branch is empty now too, and its parent takes it out.
      branch.remove(at);
    }
  }

  /** An empty node must go whatever the neighbour holds. */
  private static boolean mergeable(int left, int right) {
    return left + right <= Node.MERGED_MAX || left == 0 || right == 0;
  }

  /** Moves all of child {@code at + 1} into child {@code at}. */
  private void merge(Branch parent, int at) {
    Node left = parent.child(at);
    Node right = parent.child(at + 1);
    if (left instanceof Leaf leftLeaf) {
      Leaf merged = leftLeaf.ownedBy(token);
      merged.append((Leaf) right, 0, right.count);
      parent.children[at] = merged;
    } else {
      Branch merged = ((Branch) left).ownedBy(token);
      int seam = merged.count;
      merged.append((Branch) right, 0, right.count);
      if (seam < merged.count) {
        merged.keys[seam] = parent.keys[at + 1];
      }
      parent.children[at] = merged;
    }
    parent.remove(at + 1);
  }
}
