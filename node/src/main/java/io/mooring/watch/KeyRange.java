package io.mooring.watch;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Keys from one, inclusive, to another, exclusive, in unsigned byte order. Arrays are frozen.
 *
 * @param from first key
 * @param to end, exclusive; null for no end
 */
@SuppressWarnings("ArrayRecordComponent") // frozen; equality is by content, below
public record KeyRange(byte[] from, byte @Nullable [] to) {

  private static final byte[] LOWEST = {0};

  /**
   * Reads etcd's notation: no end means one key, a single zero byte means "and all above", an empty
   * key means the lowest there can be.
   *
   * @param key first key; kept
   * @param rangeEnd as sent; kept
   */
  public static KeyRange of(byte[] key, byte[] rangeEnd) {
    byte[] from = key.length == 0 ? LOWEST : key;
    if (rangeEnd.length == 0) {
      return new KeyRange(from, Arrays.copyOf(from, from.length + 1));
    }
    if (rangeEnd.length == 1 && rangeEnd[0] == 0) {
      return new KeyRange(from, null);
    }
    return new KeyRange(from, rangeEnd);
  }

  /** Whether no key can lie in it. */
  public boolean isEmpty() {
    return to != null && Arrays.compareUnsigned(from, to) >= 0;
  }

  /** Whether exactly one key lies in it. */
  public boolean isPoint() {
    byte[] end = to;
    return end != null
        && end.length == from.length + 1
        && end[from.length] == 0
        && Arrays.equals(from, 0, from.length, end, 0, from.length);
  }

  /** Whether a key lies in it. */
  public boolean contains(byte[] key) {
    return Arrays.compareUnsigned(from, key) <= 0 && endsAbove(to, key);
  }

  /** Whether an end (null for none) lies above a key. */
  static boolean endsAbove(byte @Nullable [] end, byte[] key) {
    return end == null || Arrays.compareUnsigned(end, key) > 0;
  }

  /** Orders ends; null, for no end, is the highest. */
  static int compareEnds(byte @Nullable [] a, byte @Nullable [] b) {
    if (a == null || b == null) {
      return a == b ? 0 : a == null ? 1 : -1;
    }
    return Arrays.compareUnsigned(a, b);
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof KeyRange that
        && Arrays.equals(from, that.from)
        && Arrays.equals(to, that.to);
  }

  @Override
  public int hashCode() {
    return 31 * Arrays.hashCode(from) + Arrays.hashCode(to);
  }
}
