package io.mooring.storage.lmdb;

import io.mooring.api.storage.ordered.Space;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Keys longer than LMDB allows, in exact order: a trie of fragments.
 *
 * <p>A key of at most {@value #PLAIN_BYTES} bytes stands in its space as it is. A longer one stands
 * there as its first {@value #PLAIN_BYTES} bytes and a zero, which leads to a node; in the node the
 * rest of the key is treated likewise. All nodes share one database:
 *
 * <pre>
 *   in the space    | key, up to 502 |                    -> value
 *                   | first 502 of the key | 0 |          -> node 8
 *   in long keys    | node 8 | rest, up to 502 |          -> value
 *                   | node 8 | next 502 | 0 |             -> node 8
 *                   | 0 8 |                               -> last node number given out 8
 * </pre>
 *
 * <p>Order is exact, not up to a digest: of all keys, only those that begin with the 502 bytes
 * stand in the node, they are all above the plain key of just those bytes, and below any other key
 * that is above it, because such a key differs within the first 502 bytes. That is where the
 * fragment with its zero stands, and no plain key is so long.
 */
final class LongKeys {

  /** Longest key, and longest fragment, that stands as it is. */
  static final int PLAIN_BYTES = 502;

  /** Longest key that LMDB is given; its limit is 511. */
  static final int MAX_STORED_BYTES = Long.BYTES + PLAIN_BYTES + 1;

  /** The space itself, as a node: fragments stand there without a node number. */
  static final long ROOT = 0;

  private LongKeys() {}

  static @Nullable ByteBuffer get(Transaction transaction, Space space, byte[] key) {
    long node = ROOT;
    int offset = 0;
    while (key.length - offset > PLAIN_BYTES) {
      ByteBuffer next = lookUp(transaction, space, node, key, offset, true);
      if (next == null) {
        return null;
      }
      node = next.getLong();
      offset += PLAIN_BYTES;
    }
    return lookUp(transaction, space, node, key, offset, false);
  }

  static void put(Transaction transaction, Space space, byte[] key, ByteBuffer value) {
    long node = ROOT;
    int offset = 0;
    while (key.length - offset > PLAIN_BYTES) {
      ByteBuffer next = lookUp(transaction, space, node, key, offset, true);
      long child;
      if (next == null) {
        child = newNode(transaction);
        store(transaction, space, node, stored(transaction, node, key, offset, true), child);
      } else {
        child = next.getLong();
      }
      node = child;
      offset += PLAIN_BYTES;
    }
    ByteBuffer fragment = stored(transaction, node, key, offset, false);
    if (node == ROOT) {
      transaction.databases.of(space).put(transaction.txn, fragment, value);
    } else {
      transaction.databases.longKeys().put(transaction.txn, fragment, value);
    }
  }

  /** Removes a key, and the nodes that are empty without it. */
  static void delete(Transaction transaction, Space space, byte[] key) {
    List<Long> path = new ArrayList<>();
    long node = ROOT;
    int offset = 0;
    while (key.length - offset > PLAIN_BYTES) {
      path.add(node);
      ByteBuffer next = lookUp(transaction, space, node, key, offset, true);
      if (next == null) {
        return;
      }
      node = next.getLong();
      offset += PLAIN_BYTES;
    }
    remove(transaction, space, node, stored(transaction, node, key, offset, false));
    for (int i = path.size() - 1; i >= 0 && isEmpty(transaction, node); i--) {
      node = path.get(i);
      offset -= PLAIN_BYTES;
      remove(transaction, space, node, stored(transaction, node, key, offset, true));
    }
  }

  /** The stored key of what a key has in a node, from an offset of the key on. Borrowed. */
  static ByteBuffer stored(
      Transaction transaction, long node, byte[] key, int offset, boolean onward) {
    ByteBuffer stored = transaction.emptyKey();
    if (node != ROOT) {
      stored.putLong(node);
    }
    if (onward) {
      return stored.put(key, offset, PLAIN_BYTES).put((byte) 0).flip();
    }
    return stored.put(key, offset, key.length - offset).flip();
  }

  private static @Nullable ByteBuffer lookUp(
      Transaction transaction, Space space, long node, byte[] key, int offset, boolean onward) {
    ByteBuffer stored = stored(transaction, node, key, offset, onward);
    return node == ROOT
        ? transaction.databases.of(space).get(transaction.txn, stored)
        : transaction.databases.longKeys().get(transaction.txn, stored);
  }

  private static void store(
      Transaction transaction, Space space, long node, ByteBuffer stored, long child) {
    ByteBuffer value = transaction.number(child);
    if (node == ROOT) {
      transaction.databases.of(space).put(transaction.txn, stored, value);
    } else {
      transaction.databases.longKeys().put(transaction.txn, stored, value);
    }
  }

  private static void remove(Transaction transaction, Space space, long node, ByteBuffer stored) {
    if (node == ROOT) {
      transaction.databases.of(space).delete(transaction.txn, stored);
    } else {
      transaction.databases.longKeys().delete(transaction.txn, stored);
    }
  }

  private static long newNode(Transaction transaction) {
    ByteBuffer counter = transaction.emptyKey().putLong(ROOT).flip();
    ByteBuffer last = transaction.databases.longKeys().get(transaction.txn, counter);
    long node = last == null ? 1 : last.getLong() + 1;
    counter.rewind();
    transaction.databases.longKeys().put(transaction.txn, counter, transaction.number(node));
    return node;
  }

  private static boolean isEmpty(Transaction transaction, long node) {
    ByteBuffer first = transaction.emptyKey().putLong(node).flip();
    try (org.lmdbjava.Cursor<ByteBuffer> cursor =
        transaction.databases.longKeys().openCursor(transaction.txn)) {
      return !cursor.get(first, org.lmdbjava.GetOp.MDB_SET_RANGE)
          || cursor.key().getLong(0) != node;
    }
  }
}
