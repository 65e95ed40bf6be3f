package io.mooring.api.storage;

/** A pulled walk over rows of a small table. Arrays are frozen and may be kept. */
public interface TableCursor extends AutoCloseable {

  /** Moves to the next row; false at the end, and ever after. */
  boolean next();

  /** The row's key. */
  byte[] key();

  /** The row's value. */
  byte[] value();

  @Override
  void close();
}
