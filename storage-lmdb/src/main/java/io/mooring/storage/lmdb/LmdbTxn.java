package io.mooring.storage.lmdb;

import io.mooring.api.storage.ordered.Space;
import io.mooring.api.storage.ordered.StoreTxn;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;
import org.lmdbjava.Cursor;
import org.lmdbjava.GetOp;
import org.lmdbjava.PutFlags;

/** The write transaction. LMDB syncs it when it commits. */
final class LmdbTxn implements StoreTxn {

  private final LmdbStore store;
  private final Transaction transaction;
  private boolean done;

  LmdbTxn(LmdbStore store, Transaction transaction) {
    this.store = store;
    this.transaction = transaction;
  }

  @Override
  public void put(Space space, byte[] key, ByteBuffer value) {
    try {
      ByteBuffer whole = value.position() == 0 ? value : value.slice();
      if (key.length > LongKeys.PLAIN_BYTES) {
        LongKeys.put(transaction, space, key, whole);
      } else {
        transaction.databases.of(space).put(transaction.txn, transaction.key(key), whole);
      }
    } catch (RuntimeException e) {
      throw LmdbErrors.of(store.directory(), e);
    }
  }

  @Override
  public void append(Space space, byte[] key, ByteBuffer value) {
    try {
      ByteBuffer whole = value.position() == 0 ? value : value.slice();
      transaction
          .databases
          .of(space)
          .put(transaction.txn, transaction.key(key), whole, PutFlags.MDB_APPEND);
    } catch (RuntimeException e) {
      throw LmdbErrors.of(store.directory(), e);
    }
  }

  @Override
  public void delete(Space space, byte[] key) {
    try {
      if (key.length > LongKeys.PLAIN_BYTES) {
        LongKeys.delete(transaction, space, key);
      } else {
        transaction.databases.of(space).delete(transaction.txn, transaction.key(key));
      }
    } catch (RuntimeException e) {
      throw LmdbErrors.of(store.directory(), e);
    }
  }

  @Override
  public void deleteRange(Space space, byte[] from, byte[] to) {
    ByteBuffer end = ByteBuffer.wrap(to);
    try (Cursor<ByteBuffer> cursor = transaction.databases.of(space).openCursor(transaction.txn)) {
      boolean there = cursor.get(transaction.key(from), GetOp.MDB_SET_RANGE);
      while (there && below(cursor.key(), end)) {
        cursor.delete();
        there = cursor.next();
      }
    } catch (RuntimeException e) {
      throw LmdbErrors.of(store.directory(), e);
    }
  }

  private static boolean below(ByteBuffer key, ByteBuffer end) {
    int at = key.mismatch(end);
    if (at < 0 || at == key.remaining() || at == end.remaining()) {
      return key.remaining() < end.remaining();
    }
    return Byte.compareUnsigned(key.get(at), end.get(at)) < 0;
  }

  @Override
  public @Nullable ByteBuffer get(Space space, byte[] key) {
    try {
      return transaction.get(space, key);
    } catch (RuntimeException e) {
      throw LmdbErrors.of(store.directory(), e);
    }
  }

  @Override
  public void commit(long mark) {
    try {
      long usedBytes = transaction.databases.usedBytes(transaction.txn);
      done = true;
      transaction.txn.commit();
      transaction.txn.close();
      store.committed(mark, usedBytes);
    } catch (RuntimeException e) {
      throw LmdbErrors.of(store.directory(), e);
    } finally {
      store.ended();
    }
  }

  @Override
  public void close() {
    if (!done) {
      done = true;
      try {
        transaction.txn.abort();
        transaction.txn.close();
      } finally {
        store.ended();
      }
    }
  }
}
