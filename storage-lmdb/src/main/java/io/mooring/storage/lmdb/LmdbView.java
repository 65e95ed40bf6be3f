package io.mooring.storage.lmdb;

import io.mooring.api.storage.EngineException;
import io.mooring.api.storage.ordered.Space;
import io.mooring.api.storage.ordered.StoreCursor;
import io.mooring.api.storage.ordered.StoreView;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A lease of a pooled read transaction. Closing ends the lease, with all its cursors; whoever still
 * holds it gets an exception, never the transaction of the next user.
 */
final class LmdbView implements StoreView {

  private final LmdbStore store;
  private final Transaction transaction;
  private final List<LmdbCursor> cursors = new ArrayList<>(2);
  private boolean closed;

  LmdbView(LmdbStore store, Transaction transaction) {
    this.store = store;
    this.transaction = transaction;
  }

  @Override
  public @Nullable ByteBuffer get(Space space, byte[] key) {
    checkOpen();
    try {
      return transaction.get(space, key);
    } catch (RuntimeException e) {
      throw error(e);
    }
  }

  @Override
  public StoreCursor cursor(Space space) {
    checkOpen();
    try {
      LmdbCursor cursor = new LmdbCursor(this, transaction, space);
      cursors.add(cursor);
      return cursor;
    } catch (RuntimeException e) {
      throw error(e);
    }
  }

  void closed(LmdbCursor cursor) {
    cursors.remove(cursor);
  }

  void checkOpen() {
    if (closed) {
      throw LmdbErrors.closed(store.directory());
    }
  }

  EngineException error(RuntimeException cause) {
    return LmdbErrors.of(store.directory(), cause);
  }

  @Override
  public void close() {
    if (closed) {
      return;
    }
    closed = true;
    for (LmdbCursor cursor : cursors) {
      cursor.release();
    }
    cursors.clear();
    store.giveBack(transaction);
  }
}
