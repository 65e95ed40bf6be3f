package io.mooring.storage.rocksdb;

import io.mooring.api.storage.ordered.Space;
import io.mooring.api.storage.ordered.StoreTxn;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;
import org.rocksdb.RocksDBException;
import org.rocksdb.WriteBatch;

/** A write transaction: a batch of RocksDB's, written as one. */
final class RocksTxn implements StoreTxn {

  private final RocksStore store;
  private final WriteBatch batch = new WriteBatch();
  private final ScratchPool.Pair scratch;
  private final Scratch key;
  private boolean closed;

  /** The caller has entered the store's users, and hands that over. */
  RocksTxn(RocksStore store) {
    this.store = store;
    scratch = store.scratch().take();
    key = scratch.key();
  }

  @Override
  public void put(Space space, byte[] key, ByteBuffer value) {
    checkOpen();
    try {
      batch.put(store.family(space), this.key.filledWith(key), value);
    } catch (RocksDBException e) {
      throw store.faults().of("cannot put", e);
    }
  }

  @Override
  public void append(Space space, byte[] key, ByteBuffer value) {
    put(space, key, value);
  }

  @Override
  public void delete(Space space, byte[] key) {
    checkOpen();
    try {
      batch.delete(store.family(space), key);
    } catch (RocksDBException e) {
      throw store.faults().of("cannot delete", e);
    }
  }

  @Override
  public void deleteRange(Space space, byte[] from, byte[] to) {
    checkOpen();
    try {
      batch.deleteRange(store.family(space), from, to);
    } catch (RocksDBException e) {
      throw store.faults().of("cannot delete a range", e);
    }
  }

  @Override
  public @Nullable ByteBuffer get(Space space, byte[] key) {
    checkOpen();
    return store.get(space, store.newest(), key, scratch);
  }

  @Override
  public void commit(long mark) {
    checkOpen();
    store.commit(batch, mark);
    close();
  }

  private void checkOpen() {
    if (closed) {
      throw store.faults().closed();
    }
  }

  @Override
  public void close() {
    if (closed) {
      return;
    }
    closed = true;
    batch.close();
    store.scratch().giveBack(scratch);
    store.txnClosed();
  }
}
