package io.mooring.api.storage.tree;

import org.jspecify.annotations.Nullable;

/** What a frozen tree and an editor answer alike. */
public sealed interface TreeReader<V> permits PersistentTree, TreeEditor {

  /** Number of entries; O(1). */
  long size();

  /** The value of a key, or null. The array is read, not kept. */
  @Nullable V get(byte[] key);

  /**
   * How many keys a range holds; O(log n).
   *
   * @param from first key, inclusive
   * @param to end, exclusive; null for no end. Not above {@code from}: an empty range
   */
  long count(byte[] from, byte @Nullable [] to);

  /**
   * A cursor before the first entry of a range. It needs no closing; over an editor it is valid
   * until that editor's next change.
   *
   * @param from first key, inclusive
   * @param to end, exclusive; null for no end. Not above {@code from}: an empty range
   */
  TreeCursor<V> cursor(byte[] from, byte @Nullable [] to);
}
