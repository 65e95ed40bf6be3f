package io.mooring.api.storage.ordered;

import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/** A consistent read view of a store, used by one thread at a time. Closing gives it back. */
public interface StoreView extends AutoCloseable {

  /**
   * The value of a key, or null.
   *
   * @return read-only, big-endian, borrowed until the next {@code get} on this view or its close;
   *     cursors of the view do not disturb it
   */
  @Nullable ByteBuffer get(Space space, byte[] key);

  /** Opens a cursor, before the first row. To be closed before the view. */
  StoreCursor cursor(Space space);

  /**
   * {@link #cursor(Space)} for a walk that ends before a key: rows at or above it may be left out,
   * and a store in which deleted rows linger does not wade through those that lie there.
   */
  default StoreCursor cursor(Space space, byte @Nullable [] to) {
    return cursor(space);
  }

  @Override
  void close();
}
