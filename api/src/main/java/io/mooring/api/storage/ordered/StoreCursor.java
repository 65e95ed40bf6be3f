package io.mooring.api.storage.ordered;

import java.nio.ByteBuffer;

/**
 * A walk over a space in ascending key order. Buffers are read-only, big-endian and borrowed: valid
 * until the cursor moves or closes.
 */
public interface StoreCursor extends AutoCloseable {

  /** Moves to the first row at or above a key; false when there is none. */
  boolean seek(byte[] from);

  /** Moves to the next row, or to the first one if never placed; false at the end, ever after. */
  boolean next();

  /** The key of the current row, whole. */
  ByteBuffer key();

  /** The value of the current row. */
  ByteBuffer value();

  @Override
  void close();
}
