package io.mooring.storage.lmdb;

import io.mooring.api.storage.ordered.Space;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;
import org.lmdbjava.Txn;

/**
 * What reading and writing transactions have in common: the native transaction, the databases, and
 * direct buffers that carry keys to LMDB. One thread at a time.
 */
final class Transaction {

  final Txn<ByteBuffer> txn;
  final Databases databases;
  private final ByteBuffer key = ByteBuffer.allocateDirect(LongKeys.MAX_STORED_BYTES);
  private final ByteBuffer number = ByteBuffer.allocateDirect(Long.BYTES);

  Transaction(Txn<ByteBuffer> txn, Databases databases) {
    this.txn = txn;
    this.databases = databases;
  }

  /** A key as LMDB takes it; borrowed until the next call. */
  ByteBuffer key(byte[] bytes) {
    return key.clear().put(bytes).flip();
  }

  /** An empty key to be filled and flipped; borrowed until the next call. */
  ByteBuffer emptyKey() {
    return key.clear();
  }

  /** A number as a value; borrowed until the next call. */
  ByteBuffer number(long value) {
    return number.clear().putLong(value).flip();
  }

  /** The value of a key of any length, or null. */
  @Nullable ByteBuffer get(Space space, byte[] bytes) {
    if (bytes.length > LongKeys.PLAIN_BYTES && !space.shortKeys()) {
      return LongKeys.get(this, space, bytes);
    }
    return databases.of(space).get(txn, key(bytes));
  }
}
