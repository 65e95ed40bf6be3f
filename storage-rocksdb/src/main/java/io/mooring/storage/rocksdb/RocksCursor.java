package io.mooring.storage.rocksdb;

import io.mooring.api.storage.ordered.Space;
import io.mooring.api.storage.ordered.StoreCursor;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;
import org.rocksdb.ReadOptions;
import org.rocksdb.RocksDBException;
import org.rocksdb.RocksIterator;
import org.rocksdb.Slice;

/**
 * A walk over one column family. With an end, RocksDB itself stops there: otherwise the step past
 * the last row would wade through whatever deleted rows follow it.
 */
final class RocksCursor implements StoreCursor {

  private static final int MISSING = -1;

  private final RocksView view;
  private final RocksStore store;
  private final @Nullable Slice end;
  private final @Nullable ReadOptions bounded;
  private final RocksIterator iterator;
  private final ScratchPool.Pair scratch;
  private boolean placed;
  private boolean valid;
  private boolean closed;
  private int keyBytes = MISSING;
  private int valueBytes = MISSING;

  RocksCursor(
      RocksView view,
      RocksStore store,
      Space space,
      SharedSnapshot snapshot,
      byte @Nullable [] to) {
    this.view = view;
    this.store = store;
    if (to == null) {
      end = null;
      bounded = null;
      iterator = store.iterator(space, snapshot.readOptions());
    } else {
      // The iterator refers to the slice for as long as it lives: both are closed after it.
      end = new Slice(to);
      bounded = new ReadOptions(snapshot.readOptions()).setIterateUpperBound(end);
      iterator = store.iterator(space, bounded);
    }
    scratch = store.scratch().take();
  }

  @Override
  public boolean seek(byte[] from) {
    checkOpen();
    placed = true;
    iterator.seek(from);
    return arrived();
  }

  @Override
  public boolean next() {
    checkOpen();
    if (!placed) {
      placed = true;
      iterator.seekToFirst();
      return arrived();
    }
    if (!valid) {
      return false;
    }
    iterator.next();
    return arrived();
  }

  /** An iterator that met a damaged block just says that it is at its end: ask it why. */
  private boolean arrived() {
    keyBytes = MISSING;
    valueBytes = MISSING;
    valid = iterator.isValid();
    if (!valid) {
      try {
        iterator.status();
      } catch (RocksDBException e) {
        throw store.faults().of("cannot walk", e);
      }
    }
    return valid;
  }

  @Override
  public ByteBuffer key() {
    checkPlaced();
    if (keyBytes == MISSING) {
      keyBytes = iterator.key(scratch.key().clear());
      if (keyBytes > scratch.key().capacity()) {
        iterator.key(scratch.key().clear(keyBytes));
      }
    }
    return scratch.key().face(keyBytes);
  }

  @Override
  public ByteBuffer value() {
    checkPlaced();
    if (valueBytes == MISSING) {
      valueBytes = iterator.value(scratch.value().clear());
      if (valueBytes > scratch.value().capacity()) {
        iterator.value(scratch.value().clear(valueBytes));
      }
    }
    return scratch.value().face(valueBytes);
  }

  private void checkPlaced() {
    checkOpen();
    if (!valid) {
      throw new IllegalStateException("cursor is not at a row");
    }
  }

  private void checkOpen() {
    if (closed || store.isClosed()) {
      throw store.faults().closed();
    }
  }

  @Override
  public void close() {
    if (closed) {
      return;
    }
    closed = true;
    iterator.close();
    if (bounded != null) {
      bounded.close();
    }
    if (end != null) {
      end.close();
    }
    store.scratch().giveBack(scratch);
    view.closed(this);
  }
}
