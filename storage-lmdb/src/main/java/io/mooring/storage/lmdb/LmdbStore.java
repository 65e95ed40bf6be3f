package io.mooring.storage.lmdb;

import io.mooring.api.storage.EngineException;
import io.mooring.api.storage.ordered.OrderedStore;
import io.mooring.api.storage.ordered.StoreTxn;
import io.mooring.api.storage.ordered.StoreView;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.lmdbjava.BufferProxy;
import org.lmdbjava.CopyFlags;
import org.lmdbjava.Env;
import org.lmdbjava.EnvFlags;
import org.lmdbjava.LmdbException;

/**
 * An LMDB environment as an ordered store. Commits are durable when they return: LMDB's own sync is
 * on (no NOSYNC, NOMETASYNC, MAPASYNC, WRITEMAP, NOLOCK).
 *
 * <p>Read transactions are pooled, reset between uses and not tied to threads. The environment
 * counts everything that holds it, and is closed natively only when nothing does: by {@link #close}
 * itself, or by the last view that outlived it.
 */
final class LmdbStore implements OrderedStore {

  /** Address space, not memory or disk; halved until the system grants it. */
  private static final long LARGEST_MAP_BYTES = 1L << 40;

  private static final long SMALLEST_MAP_BYTES = 1L << 30;

  /** Most views open at a time, the apply thread's and the writer's included. */
  private static final int MAX_READERS = 1024;

  private static final int POOLED_READERS = 64;
  private static final long CLOSE_WAIT_NS = TimeUnit.SECONDS.toNanos(2);

  /** How many commits lie between two looks for readers that died with their process. */
  private static final int READER_CHECK_COMMITS = 1024;

  private final Path directory;
  private final Env<ByteBuffer> env;
  private final Databases databases;

  private final ReentrantLock lock = new ReentrantLock();
  private final Condition released = lock.newCondition();
  private final ArrayDeque<Transaction> pool = new ArrayDeque<>();
  private int holders;
  private boolean closing;
  private boolean envClosed;

  private @Nullable Listener listener;
  private volatile long usedBytes;
  private int commits;

  private LmdbStore(Path directory, Env<ByteBuffer> env) {
    this.directory = directory;
    this.env = env;
    databases = new Databases(env);
    env.readerCheck();
  }

  /** Opens or creates the environment in an existing directory. */
  static LmdbStore open(Path directory) {
    return open(directory, LARGEST_MAP_BYTES, PortableProxy.best());
  }

  static LmdbStore open(Path directory, long largestMapBytes, BufferProxy<ByteBuffer> proxy) {
    long mapBytes = largestMapBytes;
    while (true) {
      try {
        Env<ByteBuffer> env =
            Env.create(proxy)
                .setMapSize(mapBytes)
                .setMaxDbs(Databases.COUNT)
                .setMaxReaders(MAX_READERS)
                .open(directory.toFile(), EnvFlags.MDB_NOTLS);
        try {
          return new LmdbStore(directory, env);
        } catch (RuntimeException e) {
          env.close();
          throw e;
        }
      } catch (LmdbException e) {
        if (!LmdbErrors.outOfAddresses(e) || mapBytes <= SMALLEST_MAP_BYTES) {
          throw LmdbErrors.of(directory, e);
        }
        mapBytes /= 2;
      }
    }
  }

  Path directory() {
    return directory;
  }

  @Override
  public void listen(Listener newListener) {
    listener = newListener;
  }

  @Override
  public StoreTxn begin() {
    hold(false);
    try {
      return new LmdbTxn(this, new Transaction(env.txnWrite(), databases));
    } catch (RuntimeException e) {
      ended();
      throw LmdbErrors.of(directory, e);
    }
  }

  /** A transaction committed. */
  void committed(long mark, long newUsedBytes) {
    usedBytes = newUsedBytes;
    if (++commits % READER_CHECK_COMMITS == 0) {
      env.readerCheck();
    }
    Listener told = listener;
    if (told != null) {
      told.durable(mark);
    }
  }

  @Override
  public StoreView view() {
    Transaction pooled = hold(true);
    try {
      if (pooled != null) {
        pooled.txn.renew();
        return new LmdbView(this, pooled);
      }
      return new LmdbView(this, new Transaction(env.txnRead(), databases));
    } catch (RuntimeException e) {
      ended();
      throw LmdbErrors.of(directory, e);
    }
  }

  /** Counts one more holder of the environment; returns a pooled reader if one is wanted. */
  private @Nullable Transaction hold(boolean reader) {
    lock.lock();
    try {
      if (closing) {
        throw LmdbErrors.closed(directory);
      }
      holders++;
      return reader ? pool.pollLast() : null;
    } finally {
      lock.unlock();
    }
  }

  /** Takes the read transaction of a closed view. */
  void giveBack(Transaction transaction) {
    boolean pooled = false;
    try {
      transaction.txn.reset();
      lock.lock();
      try {
        if (!closing && pool.size() < POOLED_READERS) {
          pool.addLast(transaction);
          pooled = true;
        }
      } finally {
        lock.unlock();
      }
    } finally {
      if (!pooled) {
        transaction.txn.close();
      }
      ended();
    }
  }

  /** One holder less; the last one of a closing store closes the environment. */
  void ended() {
    lock.lock();
    try {
      holders--;
      if (holders == 0 && closing) {
        closeEnv();
        released.signalAll();
      }
    } finally {
      lock.unlock();
    }
  }

  private void closeEnv() {
    if (!envClosed) {
      envClosed = true;
      for (Transaction pooled : pool) {
        pooled.txn.close();
      }
      pool.clear();
      env.close();
    }
  }

  /** Writes a copy of the newest commit, without free pages, into an empty directory. */
  void copyTo(Path target) {
    hold(false);
    try {
      env.copy(target.toFile(), CopyFlags.MDB_CP_COMPACT);
    } catch (RuntimeException e) {
      throw LmdbErrors.of(directory, e);
    } finally {
      ended();
    }
  }

  @Override
  public void hasten() {
    // Commits are durable when they return.
  }

  @Override
  public void sync() {
    // Commits are durable when they return.
  }

  @Override
  public Sizes sizes() {
    try {
      Path data = directory.resolve("data.mdb");
      return new Sizes(Files.exists(data) ? Files.size(data) : 0, usedBytes, 0);
    } catch (IOException e) {
      throw new EngineException(
          EngineException.Kind.IO, "cannot ask for the size of " + directory + ": " + e, e);
    }
  }

  @Override
  public void close() {
    lock.lock();
    try {
      closing = true;
      long leftNs = CLOSE_WAIT_NS;
      while (holders > 0 && leftNs > 0) {
        try {
          leftNs = released.awaitNanos(leftNs);
        } catch (InterruptedException e) {
          Thread.currentThread().interrupt();
          return;
        }
      }
      if (holders == 0) {
        closeEnv();
      }
    } finally {
      lock.unlock();
    }
  }
}
