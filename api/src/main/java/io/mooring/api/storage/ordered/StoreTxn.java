package io.mooring.api.storage.ordered;

import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * The write transaction of a store: used by the writer thread, seen by nobody until {@link
 * #commit}, atomic across all spaces, in a crash lost as a whole and never before an earlier one.
 *
 * <p>Key arrays are read and not kept. Values are <em>direct</em> buffers from position to limit,
 * read and not kept; their position afterwards is undefined.
 */
public interface StoreTxn extends AutoCloseable {

  /** Writes a row, replacing what is there. */
  void put(Space space, byte[] key, ByteBuffer value);

  /** {@link #put} of a key above every key of the space: a hint that makes pages full. */
  void append(Space space, byte[] key, ByteBuffer value);

  /** Removes a row; no effect when there is none. */
  void delete(Space space, byte[] key);

  /**
   * Removes rows of a space with short keys, from the front. The engine keeps the ranges short
   * enough that deleting them row by row stays within a few milliseconds.
   *
   * @param from first key, inclusive
   * @param to end, exclusive
   */
  void deleteRange(Space space, byte[] from, byte[] to);

  /**
   * The row as the <em>last commit</em> left it, or null; whether writes of this transaction are
   * seen is left to the store, and the engine does not depend on it. Borrowed until the next call.
   */
  @Nullable ByteBuffer get(Space space, byte[] key);

  /**
   * Makes the transaction visible to new views. Durable when it returns, or later: the listener
   * hears the mark when it is.
   *
   * @param mark never falls from commit to commit; equal marks count as one with the last of them
   */
  void commit(long mark);

  /** Drops the transaction unless it was committed. */
  @Override
  void close();
}
