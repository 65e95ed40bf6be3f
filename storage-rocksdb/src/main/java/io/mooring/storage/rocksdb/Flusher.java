package io.mooring.storage.rocksdb;

import io.mooring.api.storage.EngineException;
import io.mooring.api.storage.ordered.OrderedStore.Listener;
import io.mooring.api.storage.ordered.OrderedStore.Sizes;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.rocksdb.ColumnFamilyHandle;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;

/**
 * Makes commits durable, on one thread of its own, and says up to where they are. It also looks
 * once a second whether RocksDB's threads met an error, and how large the store is.
 */
final class Flusher {

  private static final long POLL_MS = 1_000;
  private static final int CLOSE_WAIT_SECONDS = 30;

  private final RocksDB db;
  private final List<ColumnFamilyHandle> families;
  private final RocksSettings settings;
  private final Faults faults;
  private final long flushBytes;
  private final ScheduledThreadPoolExecutor thread;

  private final AtomicReference<@Nullable EngineException> failure = new AtomicReference<>();
  private final AtomicBoolean wanted = new AtomicBoolean();
  private final AtomicLong unflushedBytes = new AtomicLong();
  private volatile Commit newest = new Commit(0, 0);
  private volatile Sizes sizes = new Sizes(0, 0, 0);
  private @Nullable Listener listener;

  /** Belongs to the flusher's thread. */
  private Commit durable = newest;

  /** The how-manieth commit, since equal marks do not tell commits apart, and its mark. */
  private record Commit(long number, long mark) {}

  Flusher(
      RocksDB db,
      List<ColumnFamilyHandle> families,
      RocksSettings settings,
      Faults faults,
      Users users,
      long flushBytes) {
    this.db = db;
    this.families = families;
    this.settings = settings;
    this.faults = faults;
    this.flushBytes = flushBytes;
    thread = threadThatUses(users);
    thread.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
    measure();
  }

  /** The thread counts among the database's users until its last task has returned. */
  private static ScheduledThreadPoolExecutor threadThatUses(Users users) {
    if (!users.tryEnter()) {
      throw new IllegalStateException("released before it was used");
    }
    return new ScheduledThreadPoolExecutor(1, task -> new Thread(task, "rocksdb-flush")) {
      @Override
      protected void terminated() {
        users.leave();
      }
    };
  }

  void start(Listener listener) {
    this.listener = listener;
    thread.scheduleWithFixedDelay(this::poll, POLL_MS, POLL_MS, TimeUnit.MILLISECONDS);
  }

  /** The fault after which nothing is written any more, or null. */
  @Nullable EngineException failure() {
    return failure.get();
  }

  /** The writer thread has written a batch. */
  void committed(long mark, long bytes) {
    newest = new Commit(newest.number + 1, mark);
    if (unflushedBytes.addAndGet(bytes) >= flushBytes) {
      hasten();
    }
  }

  /** Asks for a flush, once until it begins. */
  void hasten() {
    if (wanted.compareAndSet(false, true)) {
      try {
        thread.execute(this::flush);
      } catch (RejectedExecutionException e) {
        // Closing: that flushes too.
      }
    }
  }

  /** Flushes and waits for it; throws the failure when there is or was one. */
  void sync() {
    try {
      thread.submit(this::flush).get();
    } catch (RejectedExecutionException | CancellationException e) {
      throw faults.closed();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new EngineException(EngineException.Kind.IO, "interrupted while syncing", e);
    } catch (ExecutionException e) {
      throw new IllegalStateException(e.getCause());
    }
    @Nullable EngineException cause = failure.get();
    if (cause != null) {
      throw cause;
    }
  }

  private void flush() {
    wanted.set(false);
    Commit target = newest;
    if (failure.get() != null || target.number == durable.number) {
      return;
    }
    unflushedBytes.set(0);
    try {
      db.flush(settings.flushOptions(), families);
      failOnBackgroundError();
    } catch (RocksDBException e) {
      fail(faults.of("cannot flush", e));
    }
    if (failure.get() == null) {
      durable = target;
      if (listener != null) {
        listener.durable(target.mark);
      }
      measure();
    }
  }

  private void poll() {
    try {
      failOnBackgroundError();
    } catch (RocksDBException e) {
      fail(faults.of("cannot be asked for errors", e));
    }
    measure();
  }

  private void failOnBackgroundError() throws RocksDBException {
    long errors = db.getAggregatedLongProperty("rocksdb.background-errors");
    if (errors > 0) {
      fail(faults.inBackground(errors));
    }
  }

  private void fail(EngineException cause) {
    if (failure.compareAndSet(null, cause) && listener != null) {
      listener.failed(cause);
    }
  }

  private void measure() {
    try {
      sizes =
          new Sizes(
              db.getAggregatedLongProperty("rocksdb.total-sst-files-size"),
              db.getAggregatedLongProperty("rocksdb.live-sst-files-size"),
              settings.cacheUsageBytes());
    } catch (RocksDBException e) {
      // Figures only: the old ones stand.
    }
  }

  Sizes sizes() {
    return sizes;
  }

  /** Flushes what was committed, or not, and ends the thread; waits for that within bounds. */
  void close(boolean flush) {
    if (flush) {
      hasten();
    }
    thread.shutdown();
    try {
      thread.awaitTermination(CLOSE_WAIT_SECONDS, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
