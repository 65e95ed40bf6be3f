package io.mooring.machine.mvcc;

import com.google.protobuf.ByteString;
import io.mooring.base.Check;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The keys that a request names, normalised from etcd's {@code key} and {@code range_end}: no
 * {@code range_end} is one key, one zero byte is no end at all, anything else an exclusive end. An
 * end that is not above the start is an empty range, not an error.
 *
 * @param from first key, inclusive; frozen
 * @param to end, exclusive, null for none; frozen; meaningless for a point
 * @param point exactly the key {@code from}
 */
@SuppressWarnings("ArrayRecordComponent") // frozen, and identity is never compared
public record KeyRange(byte[] from, byte @Nullable [] to, boolean point) {

  /** A range without keys. */
  static final KeyRange NOTHING = new KeyRange(new byte[] {0}, new byte[] {0}, false);

  /** Normalises a request's two fields. */
  public static KeyRange of(ByteString key, ByteString rangeEnd) {
    return of(key.toByteArray(), rangeEnd);
  }

  /** As {@link #of(ByteString, ByteString)}; the array is frozen from now on. */
  static KeyRange of(byte[] key, ByteString rangeEnd) {
    if (rangeEnd.isEmpty()) {
      return new KeyRange(key, null, true);
    }
    boolean open = rangeEnd.size() == 1 && rangeEnd.byteAt(0) == 0;
    return new KeyRange(key, open ? null : rangeEnd.toByteArray(), false);
  }

  /** Whether no key can be in it. */
  public boolean isEmpty() {
    byte[] end = to;
    return !point && end != null && Arrays.compareUnsigned(from, end) >= 0;
  }

  /** Whether a key is in it. */
  public boolean contains(byte[] key) {
    if (point) {
      return Arrays.equals(from, key);
    }
    byte[] end = to;
    return Arrays.compareUnsigned(from, key) <= 0
        && (end == null || Arrays.compareUnsigned(key, end) < 0);
  }

  /** The part of a range behind one of its keys. */
  KeyRange after(byte[] key) {
    Check.that(!point, "a point has nothing behind it");
    return new KeyRange(successor(key), to, false);
  }

  /** The lowest key above another: that one and a zero byte. */
  public static byte[] successor(byte[] key) {
    return Arrays.copyOf(key, key.length + 1);
  }
}
