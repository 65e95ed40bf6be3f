package io.mooring.api.storage.ordered;

import io.mooring.api.storage.Table;
import org.jspecify.annotations.Nullable;

/**
 * A row of a small table that is not in the store yet.
 *
 * @param storeKey table id, then the row's key
 * @param value null when the row was removed
 */
@SuppressWarnings("ArrayRecordComponent") // frozen, and compared by identity only
record TableRow(byte[] storeKey, byte @Nullable [] value) {

  private static final int OVERHEAD_BYTES = 96;

  /** The key of a row in {@link Space#TABLE}. */
  static byte[] storeKey(Table table, byte[] key) {
    byte[] storeKey = new byte[key.length + 1];
    storeKey[0] = (byte) table.id();
    System.arraycopy(key, 0, storeKey, 1, key.length);
    return storeKey;
  }

  int heapBytes() {
    byte[] bytes = value;
    return OVERHEAD_BYTES + storeKey.length + (bytes == null ? 0 : bytes.length);
  }
}
