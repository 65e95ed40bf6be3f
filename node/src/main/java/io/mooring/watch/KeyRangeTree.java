package io.mooring.watch;

import io.mooring.machine.mvcc.KeyRange;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Values under key ranges, asked "who covers this key?". Single keys live in a hash map, ranges in
 * a treap ordered by (from, to), where each node knows the highest end below it: a question costs
 * O(log ranges + answers). Values of equal ranges share a bucket, so ten thousand watchers of one
 * prefix are one node.
 *
 * <p>Confined to one thread. It must not be changed from within {@link #visit}.
 */
public final class KeyRangeTree<T> {

  private final Map<Point, Bucket<T>> points = new HashMap<>();
  private @Nullable Node<T> root;
  private int size;
  private long seed = 1;

  /** A value in its place; the key to take it out again. */
  public static final class Entry<T> {
    private final T value;
    private final Bucket<T> bucket;
    private int slot;

    private Entry(T value, Bucket<T> bucket, int slot) {
      this.value = value;
      this.bucket = bucket;
      this.slot = slot;
    }

    /** The value. */
    public T value() {
      return value;
    }
  }

  /** Adds a value, which may be there already; the range is not empty. O(log ranges). */
  public Entry<T> add(KeyRange range, T value) {
    size++;
    if (range.point()) {
      return points.computeIfAbsent(new Point(range.from()), p -> new Bucket<>(range)).add(value);
    }
    Node<T> found = find(range);
    if (found == null) {
      found = new Node<>(new Bucket<>(range), nextPriority());
      root = insert(root, found);
    }
    return found.bucket.add(value);
  }

  /** Takes a value out; it is in this tree. O(log ranges). */
  public void remove(Entry<T> entry) {
    Bucket<T> bucket = entry.bucket;
    bucket.remove(entry);
    size--;
    if (bucket.entries.isEmpty()) {
      if (bucket.range.point()) {
        points.remove(new Point(bucket.range.from()));
      } else {
        root = delete(root, bucket.range);
      }
    }
  }

  /** Shows every value whose range holds the key, in no particular order. */
  public void visit(byte[] key, Consumer<? super T> visitor) {
    if (!points.isEmpty()) {
      Bucket<T> bucket = points.get(new Point(key));
      if (bucket != null) {
        bucket.visit(visitor);
      }
    }
    stab(root, key, visitor);
  }

  /** Shows every value. */
  public void visitAll(Consumer<? super T> visitor) {
    points.values().forEach(bucket -> bucket.visit(visitor));
    walk(root, bucket -> bucket.visit(visitor));
  }

  /** The distinct ranges, in no particular order. */
  public List<KeyRange> ranges() {
    List<KeyRange> all = new ArrayList<>();
    points.values().forEach(bucket -> all.add(bucket.range));
    walk(root, bucket -> all.add(bucket.range));
    return all;
  }

  /** Number of values. */
  public int size() {
    return size;
  }

  private static <T> void stab(@Nullable Node<T> from, byte[] key, Consumer<? super T> visitor) {
    Node<T> node = from;
    while (node != null && endsAbove(node.highestTo, key)) {
      stab(node.left, key, visitor);
      KeyRange range = node.bucket.range;
      if (Arrays.compareUnsigned(range.from(), key) > 0) {
        return; // everything to the right begins above the key too
      }
      if (endsAbove(range.to(), key)) {
        node.bucket.visit(visitor);
      }
      node = node.right;
    }
  }

  private static <T> void walk(@Nullable Node<T> from, Consumer<Bucket<T>> visitor) {
    Node<T> node = from;
    while (node != null) {
      walk(node.left, visitor);
      visitor.accept(node.bucket);
      node = node.right;
    }
  }

  private @Nullable Node<T> find(KeyRange range) {
    Node<T> node = root;
    while (node != null) {
      int order = compare(range, node.bucket.range);
      if (order == 0) {
        return node;
      }
      node = order < 0 ? node.left : node.right;
    }
    return null;
  }

  private static <T> Node<T> insert(@Nullable Node<T> at, Node<T> added) {
    if (at == null) {
      return added;
    }
    if (compare(added.bucket.range, at.bucket.range) < 0) {
      Node<T> child = insert(at.left, added);
      at.left = child;
      if (child.priority > at.priority) {
        at.left = child.right;
        child.right = at;
        at.refresh();
        child.refresh();
        return child;
      }
    } else {
      Node<T> child = insert(at.right, added);
      at.right = child;
      if (child.priority > at.priority) {
        at.right = child.left;
        child.left = at;
        at.refresh();
        child.refresh();
        return child;
      }
    }
    at.refresh();
    return at;
  }

  private static <T> @Nullable Node<T> delete(@Nullable Node<T> at, KeyRange range) {
    if (at == null) {
      return null;
    }
    int order = compare(range, at.bucket.range);
    if (order == 0) {
      return merge(at.left, at.right);
    }
    if (order < 0) {
      at.left = delete(at.left, range);
    } else {
      at.right = delete(at.right, range);
    }
    at.refresh();
    return at;
  }

  private static <T> @Nullable Node<T> merge(@Nullable Node<T> low, @Nullable Node<T> high) {
    if (low == null || high == null) {
      return low == null ? high : low;
    }
    if (low.priority > high.priority) {
      low.right = merge(low.right, high);
      low.refresh();
      return low;
    }
    high.left = merge(low, high.left);
    high.refresh();
    return high;
  }

  private static int compare(KeyRange a, KeyRange b) {
    int byFrom = Arrays.compareUnsigned(a.from(), b.from());
    return byFrom != 0 ? byFrom : compareEnds(a.to(), b.to());
  }

  /** Whether an end (null for none) lies above a key. */
  private static boolean endsAbove(byte @Nullable [] end, byte[] key) {
    return end == null || Arrays.compareUnsigned(end, key) > 0;
  }

  /** Orders ends; null, for no end, is the highest. */
  static int compareEnds(byte @Nullable [] a, byte @Nullable [] b) {
    if (a == null || b == null) {
      return a == b ? 0 : a == null ? 1 : -1;
    }
    return Arrays.compareUnsigned(a, b);
  }

  /** Spreads well and is the same in every run: the shape of the tree is reproducible. */
  private int nextPriority() {
    seed += 0x9e3779b97f4a7c15L;
    long mixed = (seed ^ (seed >>> 30)) * 0xbf58476d1ce4e5b9L;
    mixed = (mixed ^ (mixed >>> 27)) * 0x94d049bb133111ebL;
    return (int) (mixed >>> 32);
  }

  /** Treap node: heap by priority, ordered by range. */
  private static final class Node<T> {
    private final Bucket<T> bucket;
    private final int priority;
    private @Nullable Node<T> left;
    private @Nullable Node<T> right;

    /** Highest end in this subtree; null for no end. */
    private byte @Nullable [] highestTo;

    Node(Bucket<T> bucket, int priority) {
      this.bucket = bucket;
      this.priority = priority;
      this.highestTo = bucket.range.to();
    }

    void refresh() {
      byte[] highest = bucket.range.to();
      if (left != null && compareEnds(left.highestTo, highest) > 0) {
        highest = left.highestTo;
      }
      if (right != null && compareEnds(right.highestTo, highest) > 0) {
        highest = right.highestTo;
      }
      highestTo = highest;
    }
  }

  /** All values of one range. Removal swaps with the last, so it costs the same at any size. */
  private static final class Bucket<T> {
    private final KeyRange range;
    private final ArrayList<Entry<T>> entries = new ArrayList<>(1);

    Bucket(KeyRange range) {
      this.range = range;
    }

    Entry<T> add(T value) {
      Entry<T> entry = new Entry<>(value, this, entries.size());
      entries.add(entry);
      return entry;
    }

    void remove(Entry<T> entry) {
      Entry<T> last = entries.remove(entries.size() - 1);
      if (last != entry) {
        last.slot = entry.slot;
        entries.set(last.slot, last);
      }
    }

    void visit(Consumer<? super T> visitor) {
      for (int i = 0; i < entries.size(); i++) {
        visitor.accept(entries.get(i).value);
      }
    }
  }

  /** A key that hashes by content; comparable, so that colliding keys cost log, not linear. */
  private static final class Point implements Comparable<Point> {
    private final byte[] key;
    private final int hash;

    Point(byte[] key) {
      this.key = key;
      this.hash = Arrays.hashCode(key);
    }

    @Override
    public int compareTo(Point other) {
      return Arrays.compareUnsigned(key, other.key);
    }

    @Override
    public boolean equals(@Nullable Object other) {
      return other instanceof Point that && Arrays.equals(key, that.key);
    }

    @Override
    public int hashCode() {
      return hash;
    }
  }
}
