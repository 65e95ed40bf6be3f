package io.mooring.storage.rocksdb;

import io.mooring.api.storage.ordered.Space;
import io.mooring.api.storage.ordered.StoreCursor;
import io.mooring.api.storage.ordered.StoreView;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A read view: one snapshot of the database, and the cursors opened on it. After the store was
 * closed it answers nothing any more, but keeps what is native until it is closed itself.
 */
final class RocksView implements StoreView {

  private final RocksStore store;
  private final SharedSnapshot snapshot;
  private final List<RocksCursor> cursors = new ArrayList<>(2);
  private ScratchPool.@Nullable Pair scratch;
  private boolean closed;

  /** The caller has entered the snapshot, and hands that over. */
  RocksView(RocksStore store, SharedSnapshot snapshot) {
    this.store = store;
    this.snapshot = snapshot;
  }

  @Override
  public @Nullable ByteBuffer get(Space space, byte[] key) {
    checkOpen();
    if (scratch == null) {
      scratch = store.scratch().take();
    }
    return store.get(space, snapshot.readOptions(), key, scratch);
  }

  @Override
  public StoreCursor cursor(Space space) {
    return cursor(space, null);
  }

  @Override
  public StoreCursor cursor(Space space, byte @Nullable [] to) {
    checkOpen();
    RocksCursor cursor = new RocksCursor(this, store, space, snapshot, to);
    cursors.add(cursor);
    return cursor;
  }

  /** A cursor closed itself. */
  void closed(RocksCursor cursor) {
    cursors.remove(cursor);
  }

  private void checkOpen() {
    if (closed || store.isClosed()) {
      throw store.faults().closed();
    }
  }

  /** Closes, with cursors left open: native iterators must not outlive their snapshot. */
  @Override
  public void close() {
    if (closed) {
      return;
    }
    closed = true;
    for (int i = cursors.size() - 1; i >= 0; i--) {
      cursors.get(i).close();
    }
    if (scratch != null) {
      store.scratch().giveBack(scratch);
    }
    snapshot.leave();
  }
}
