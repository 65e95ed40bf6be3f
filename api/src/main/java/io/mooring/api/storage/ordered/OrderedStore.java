package io.mooring.api.storage.ordered;

import io.mooring.api.storage.EngineException;

/**
 * A byte store with ordered keys, atomic transactions and consistent read views: all that {@code
 * OrderedEngine} asks of LMDB or RocksDB.
 *
 * <p>Keys order as unsigned bytes, are 1 byte or longer, and have no limit that shows (see {@link
 * Space}). Values may be empty. A store adds no checksum of its own: the engine's values carry one.
 *
 * <p>Threads: one writer thread calls {@link #begin}, the transaction and {@link #hasten}; views
 * come from any thread, each used by one thread at a time. Faults are {@link EngineException}s:
 * {@code FULL} when the device or the store's own bounds are exhausted, {@code IO}, {@code
 * CORRUPT}, and {@code CLOSED} for any use after close, which never reaches native code.
 */
public interface OrderedStore extends AutoCloseable {

  /** What a store tells the engine, on whatever thread it happens. */
  interface Listener {

    /** Transactions committed with this mark or a lower one would survive a crash. Only rises. */
    void durable(long mark);

    /** Background work of the store met a fault that it cannot outlive. */
    void failed(EngineException cause);
  }

  /** Tells the listener from now on; called once, before the first transaction. */
  void listen(Listener listener);

  /** Opens the only write transaction. */
  StoreTxn begin();

  /**
   * Opens (or takes from a pool) a read view of all transactions committed so far. Cheap: the
   * engine takes one per read.
   */
  StoreView view();

  /**
   * Starts to make durable what is committed so far, without waiting. No effect in a store whose
   * commits are durable when they return.
   */
  void hasten();

  /** Blocks until everything committed before this call is durable, and the listener was told. */
  void sync();

  /** Bytes on disk. Cheap, never blocks. */
  Sizes sizes();

  /**
   * Closes. Waits a bounded time for views still open; one that stays open longer keeps its native
   * resources until it is closed, and the store lets go of the rest then.
   */
  @Override
  void close();

  /**
   * Bytes on disk.
   *
   * @param allocatedBytes what the files take
   * @param inUseBytes what of it holds live data
   * @param cacheBytes native memory held by caches of the store
   */
  record Sizes(long allocatedBytes, long inUseBytes, long cacheBytes) {}
}
