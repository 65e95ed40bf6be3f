package io.mooring.api.storage.tree;

import io.mooring.api.storage.tree.Node.Branch;
import io.mooring.api.storage.tree.Node.Leaf;
import io.mooring.api.storage.tree.PersistentTree.Entry;
import org.jspecify.annotations.Nullable;

/** Look-ups from a root, for frozen trees and for editors alike. */
@SuppressWarnings("TypeParameterUnusedInFormals") // nodes do not carry the type of their values
final class Search {

  static final byte[] NO_BYTES = {};

  private Search() {}

  static <V> @Nullable V get(Node root, byte[] key) {
    Node node = root;
    while (node instanceof Branch branch) {
      node = branch.child(branch.childFor(key));
    }
    Leaf leaf = (Leaf) node;
    int at = leaf.find(key);
    return at < 0 ? null : Search.<V>value(leaf, at);
  }

  static <V> @Nullable Entry<V> ceiling(Node root, byte[] key) {
    Node node = root;
    Node rightOfPath = null;
    while (node instanceof Branch branch) {
      int at = branch.childFor(key);
      if (at + 1 < branch.count) {
        rightOfPath = branch.child(at + 1);
      }
      node = branch.child(at);
    }
    int at = node.lowerBound(key);
    if (at < node.count) {
      return entry((Leaf) node, at);
    }
    return rightOfPath == null ? null : firstOf(rightOfPath);
  }

  static <V> @Nullable Entry<V> floor(Node root, byte[] key) {
    Node node = root;
    Node leftOfPath = null;
    while (node instanceof Branch branch) {
      int at = branch.childFor(key);
      if (at > 0) {
        leftOfPath = branch.child(at - 1);
      }
      node = branch.child(at);
    }
    int found = ((Leaf) node).find(key);
    int at = found >= 0 ? found : -found - 2;
    if (at >= 0) {
      return entry((Leaf) node, at);
    }
    return leftOfPath == null ? null : last(leftOfPath);
  }

  static <V> @Nullable Entry<V> last(Node root) {
    Node node = root;
    while (node instanceof Branch branch) {
      node = branch.child(branch.count - 1);
    }
    return node.count == 0 ? null : entry((Leaf) node, node.count - 1);
  }

  static long rank(Node root, byte[] key) {
    long below = 0;
    Node node = root;
    while (node instanceof Branch branch) {
      int at = branch.childFor(key);
      below += sizeOfFirst(branch, at);
      node = branch.child(at);
    }
    return below + node.lowerBound(key);
  }

  static long count(Node root, byte[] from, byte @Nullable [] to) {
    long end = to == null ? root.size() : rank(root, to);
    return Math.max(0, end - rank(root, from));
  }

  @SuppressWarnings("unchecked") // editors put only values of the tree's type into leaves
  static <V> V value(Leaf leaf, int index) {
    return (V) leaf.values[index];
  }

  /** Sums the shorter side: what is far from both ends costs half a node. */
  private static long sizeOfFirst(Branch branch, int end) {
    long sum = 0;
    if (end * 2 <= branch.count) {
      for (int i = 0; i < end; i++) {
        sum += branch.child(i).size();
      }
      return sum;
    }
    for (int i = end; i < branch.count; i++) {
      sum += branch.child(i).size();
    }
    return branch.size - sum;
  }

  private static <V> Entry<V> firstOf(Node root) {
    Node node = root;
    while (node instanceof Branch branch) {
      node = branch.child(0);
    }
    return entry((Leaf) node, 0);
  }

  private static <V> Entry<V> entry(Leaf leaf, int index) {
    return new Entry<>(leaf.keys[index], Search.<V>value(leaf, index));
  }
}
