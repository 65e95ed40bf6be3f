package io.mooring.api.storage.ordered;

import java.nio.ByteBuffer;

/**
 * A piece of memory beside the heap in which the records of many rows stand one behind the other:
 * for the collector they are neither objects to be found nor bytes to be moved. Handed out, counted
 * and used again by {@link Slabs}.
 */
final class Slab {

  /** For the apply thread to fill. Its position never moves. */
  final ByteBuffer bytes;

  /** The same, read-only; any thread may slice it. */
  final ByteBuffer view;

  // The apply thread's.
  int usedBytes;
  int liveRows;

  /** Number of the {@link ReaderEpoch} in which it was handed out. */
  long firstEpoch;

  Slab(int sizeBytes) {
    bytes = ByteBuffer.allocateDirect(sizeBytes);
    view = bytes.asReadOnlyBuffer();
  }
}
