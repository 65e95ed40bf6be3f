package io.mooring.storage.rocksdb;

import java.util.concurrent.ArrayBlockingQueue;
import org.jspecify.annotations.Nullable;

/**
 * Keeps a bounded number of used buffers: direct memory is dear to allocate and slow to come back.
 */
final class ScratchPool {

  private static final int KEY_BYTES = 1 << 10;
  private static final int VALUE_BYTES = 4 << 10;
  private static final int KEPT = 64;
  private static final int LARGEST_KEPT_BYTES = 256 << 10;

  private final ArrayBlockingQueue<Pair> free = new ArrayBlockingQueue<>(KEPT);

  /** Room for a key and for a value. */
  record Pair(Scratch key, Scratch value) {}

  /** A pair for the caller alone, until given back. */
  Pair take() {
    @Nullable Pair pair = free.poll();
    return pair != null ? pair : new Pair(new Scratch(KEY_BYTES), new Scratch(VALUE_BYTES));
  }

  /** Takes a pair back, or leaves it to the collector when it has grown large or many are free. */
  void giveBack(Pair pair) {
    if (Math.max(pair.key.capacity(), pair.value.capacity()) <= LARGEST_KEPT_BYTES) {
      free.offer(pair);
    }
  }
}
