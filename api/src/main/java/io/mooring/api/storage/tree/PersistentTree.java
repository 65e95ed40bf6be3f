package io.mooring.api.storage.tree;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * An immutable ordered map from byte arrays, in unsigned order, to values: a copy-on-write B+tree.
 * A change makes a new tree that shares all but one path of nodes with the old one; a batch of
 * changes goes through {@link #edit()}, which copies each node at most once.
 *
 * <p>Any thread may read any tree, however it got the reference (everything is reached through a
 * final field). Key arrays are frozen when handed over and handed out as they are. Values are never
 * null.
 */
public final class PersistentTree<V> implements TreeReader<V> {

  private static final PersistentTree<Object> EMPTY =
      new PersistentTree<>(new Node.Leaf(new Object()), 1);

  private final Node root;
  private final int height;

  PersistentTree(Node root, int height) {
    this.root = root;
    this.height = height;
  }

  /** One entry, as a look-up by neighbourhood finds it. */
  @SuppressWarnings("ArrayRecordComponent") // frozen, and entries are never compared
  public record Entry<V>(byte[] key, V value) {}

  /** The tree without entries. */
  @SuppressWarnings("unchecked") // it holds no value of any type
  public static <V> PersistentTree<V> empty() {
    return (PersistentTree<V>) EMPTY;
  }

  @Override
  public long size() {
    return root.size();
  }

  /** Whether there are no entries. */
  public boolean isEmpty() {
    return root.count == 0;
  }

  @Override
  public @Nullable V get(byte[] key) {
    return Search.get(root, key);
  }

  /** The first entry, or null. */
  public @Nullable Entry<V> first() {
    return Search.ceiling(root, Search.NO_BYTES);
  }

  /** The last entry, or null. */
  public @Nullable Entry<V> last() {
    return Search.last(root);
  }

  /** The first entry whose key is not below {@code key}, or null. */
  public @Nullable Entry<V> ceiling(byte[] key) {
    return Search.ceiling(root, key);
  }

  /** The last entry whose key is not above {@code key}, or null. */
  public @Nullable Entry<V> floor(byte[] key) {
    return Search.floor(root, key);
  }

  /** How many keys are below {@code key}; O(log n). */
  public long rank(byte[] key) {
    return Search.rank(root, key);
  }

  @Override
  public long count(byte[] from, byte @Nullable [] to) {
    return Search.count(root, from, to);
  }

  /** A cursor before the first entry. */
  public TreeCursor<V> cursor() {
    return cursor(Search.NO_BYTES, null);
  }

  @Override
  public TreeCursor<V> cursor(byte[] from, byte @Nullable [] to) {
    return new TreeCursor<>(root, height, from, to);
  }

  /** This tree with one entry added or replaced. */
  public PersistentTree<V> put(byte[] key, V value) {
    TreeEditor<V> editor = edit();
    editor.put(key, value);
    return editor.freeze();
  }

  /** This tree without a key; itself when the key is not there. */
  public PersistentTree<V> remove(byte[] key) {
    TreeEditor<V> editor = edit();
    return editor.remove(key) == null ? this : editor.freeze();
  }

  /** An editor that starts from this tree, for the calling thread. */
  public TreeEditor<V> edit() {
    return new TreeEditor<>(root, height);
  }

  /** Checks the invariants of every node (for tests); counts leaves and returns the entries. */
  long validate(int[] leafCount) {
    long entries = validate(root, 1, null, null, leafCount);
    if (entries != size()) {
      throw new IllegalStateException("size " + size() + " but entries " + entries);
    }
    return entries;
  }

  private long validate(
      Node node, int depth, byte @Nullable [] low, byte @Nullable [] high, int[] leafCount) {
    boolean leaf = node instanceof Node.Leaf;
    if (leaf != (depth == height) || (node.count == 0 && node != root)) {
      throw new IllegalStateException("depth " + depth + " of " + height + ", " + node.count);
    }
    for (int i = leaf ? 0 : 1; i < node.count; i++) {
      byte[] lower = i == 0 || (!leaf && i == 1) ? low : node.keys[i - 1];
      boolean ascending =
          lower == null || Arrays.compareUnsigned(lower, node.keys[i]) < (i == 0 ? 1 : 0);
      if (!ascending || (high != null && Arrays.compareUnsigned(node.keys[i], high) >= 0)) {
        throw new IllegalStateException("order broken at " + i + " of " + node.count);
      }
    }
    if (leaf) {
      leafCount[0]++;
      return node.count;
    }
    Node.Branch branch = (Node.Branch) node;
    long entries = 0;
    for (int i = 0; i < branch.count; i++) {
      byte[] childLow = i == 0 ? low : branch.keys[i];
      byte[] childHigh = i + 1 < branch.count ? branch.keys[i + 1] : high;
      entries += validate(branch.child(i), depth + 1, childLow, childHigh, leafCount);
    }
    if (entries != branch.size) {
      throw new IllegalStateException("branch size " + branch.size + ", below " + entries);
    }
    return entries;
  }
}
