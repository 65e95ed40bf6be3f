package io.mooring.api.storage.ordered;

import java.util.Arrays;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;

/**
 * A bounded cache of the newest versions of keys, filled by any thread, never stale.
 *
 * <p>Each slot has one entry and the main revision of the last change of any key that falls into
 * it. An entry says as of which revision its row was the newest of its key; it counts only while no
 * change of the slot is later than that. The apply thread moves the mark before it publishes a
 * commit. So a reader that fills in late what it read before the commit fills in vain: its "as of"
 * is below the mark.
 */
final class RowCache {

  /** What a slot has to pay for on average; decides how many there are. */
  private static final int EXPECTED_ENTRY_BYTES = 512;

  /** Larger rows are not worth what they push out. */
  private static final int LARGEST_ROW_BYTES = 16 << 10;

  private static final int ENTRY_OVERHEAD_BYTES = 40;

  private record Entry(Row row, long asOfMain) {}

  private final AtomicReferenceArray<@Nullable Entry> entries;
  private final AtomicLongArray changedMain;
  private final AtomicLong usedBytes = new AtomicLong();
  private final long maxBytes;
  private final int mask;

  RowCache(long maxBytes) {
    this.maxBytes = maxBytes;
    int slots = (int) Math.min(1 << 20, Math.max(64, maxBytes / EXPECTED_ENTRY_BYTES));
    int size = Integer.highestOneBit(slots);
    entries = new AtomicReferenceArray<>(size);
    changedMain = new AtomicLongArray(size);
    mask = size - 1;
  }

  /** The newest version of a key if it is known, with or without its payload. Any thread. */
  @Nullable Row newest(byte[] key) {
    int slot = slot(key);
    Entry entry = entries.get(slot);
    // The entry first, the mark second: a mark that has not moved vouches for what was read.
    if (entry == null || changedMain.get(slot) > entry.asOfMain) {
      return null;
    }
    return Arrays.equals(entry.row.key, key) ? entry.row : null;
  }

  /**
   * Offers the newest version of a key as of a revision. Any thread.
   *
   * @param asOfMain main revision of the state in which it was seen to be the newest
   */
  void offer(Row row, long asOfMain) {
    int slot = slot(row.key);
    int bytes = bytes(row);
    if (bytes > LARGEST_ROW_BYTES || changedMain.get(slot) > asOfMain) {
      return;
    }
    Entry old = entries.get(slot);
    int oldBytes = old == null ? 0 : bytes(old.row);
    if (bytes > oldBytes && usedBytes.get() + bytes - oldBytes > maxBytes) {
      return;
    }
    Entry displaced = entries.getAndSet(slot, new Entry(row, asOfMain));
    usedBytes.addAndGet(bytes - (displaced == null ? 0 : bytes(displaced.row)));
  }

  /** Marks a key as changed, before the change is published. Apply thread. */
  void changed(byte[] key, long main) {
    int slot = slot(key);
    changedMain.set(slot, main);
    if (entries.get(slot) != null) {
      Entry displaced = entries.getAndSet(slot, null);
      usedBytes.addAndGet(displaced == null ? 0 : -bytes(displaced.row));
    }
  }

  long usedBytes() {
    return usedBytes.get();
  }

  private static int bytes(Row row) {
    return row.heapBytes() + ENTRY_OVERHEAD_BYTES;
  }

  private int slot(byte[] key) {
    int hash = Arrays.hashCode(key) * 0x9e3779b9;
    return (hash ^ hash >>> 15) & mask;
  }
}
