package io.mooring.storage.memory;

import io.mooring.api.storage.EngineException;
import io.mooring.api.storage.EngineException.Kind;
import io.mooring.api.storage.EngineListener;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * Writes snapshot files on a thread of its own, one at a time, from whatever root is newest when it
 * starts. Asked by commits that have made the log long, and by {@code sync}.
 *
 * <p>Its first fault is its last: after a failed fsync nobody knows what the disk holds, so the
 * engine is told and nothing is tried again.
 */
final class SnapshotWriter {

  /** What the newest complete file holds. */
  record Durable(long appliedIndex, long loggedBytes) {}

  private final MemoryEngine engine;
  private final SnapshotFiles files;
  private final EngineListener listener;
  private final Thread thread;
  private final Object lock = new Object();

  // Guarded by lock; durable and failure are also read without it.
  private long wantedIndex;
  private boolean stopping;
  private volatile Durable durable = new Durable(0, 0);

  /** What the file before the newest holds; 0 until there is one. */
  private volatile long olderIndex;

  private volatile @Nullable EngineException failure;
  private volatile boolean busy;

  SnapshotWriter(MemoryEngine engine, SnapshotFiles files, EngineListener listener) {
    this.engine = engine;
    this.files = files;
    this.listener = listener;
    thread = new Thread(this::run, "mooring-memory-snapshot");
    thread.setDaemon(true);
  }

  /** Begins, with what the file holds that the engine was opened from. */
  void start(Durable opened) {
    durable = opened;
    thread.start();
  }

  Durable durable() {
    return durable;
  }

  /** Applied index of the older file, which a damaged newest one falls back to. */
  long olderIndex() {
    return olderIndex;
  }

  @Nullable EngineException failure() {
    return failure;
  }

  /** Whether a file is being written, or about to be. */
  boolean busy() {
    return busy;
  }

  /** Asks for a file that holds at least this applied index. */
  void request(long appliedIndex) {
    synchronized (lock) {
      if (appliedIndex > wantedIndex) {
        wantedIndex = appliedIndex;
        busy = true;
        lock.notifyAll();
      }
    }
  }

  /** Waits for a file that holds at least this applied index, or for a fault, which it throws. */
  void await(long appliedIndex) {
    boolean interrupted = false;
    synchronized (lock) {
      while (durable.appliedIndex < appliedIndex && failure == null && !stopping) {
        try {
          lock.wait();
        } catch (InterruptedException e) {
          interrupted = true; // the apply thread is not ours to give up
        }
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
    EngineException fault = failure;
    if (fault != null) {
      throw fault;
    }
  }

  /** Ends the thread after the file that it is writing. */
  void stop() {
    synchronized (lock) {
      stopping = true;
      lock.notifyAll();
    }
    boolean interrupted = false;
    while (thread.isAlive()) {
      try {
        thread.join();
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  private void run() {
    try {
      while (awaitWork()) {
        writeOne();
      }
    } catch (EngineException e) {
      fail(e);
    } catch (IOException e) {
      fail(new EngineException(Kind.IO, "S2 cannot write a snapshot file: " + e, e));
    } catch (Throwable e) { // of any kind: the thread must not die unheard
      fail(new EngineException(Kind.IO, "snapshot writer failed: " + e, e));
    }
  }

  private boolean awaitWork() throws InterruptedException {
    synchronized (lock) {
      while (!stopping && wantedIndex <= durable.appliedIndex) {
        busy = false;
        lock.wait();
      }
      return !stopping;
    }
  }

  private void writeOne() throws IOException {
    long startNs = System.nanoTime();
    Durable written;
    try (MemorySnapshot snapshot = engine.openSnapshot()) {
      files.write(snapshot);
      written = new Durable(snapshot.state().appliedIndex(), snapshot.root().loggedBytes());
    }
    synchronized (lock) {
      olderIndex = durable.appliedIndex;
      durable = written;
      lock.notifyAll();
    }
    listener.wrote(System.nanoTime() - startNs);
    listener.durable(written.appliedIndex);
  }

  private void fail(EngineException cause) {
    synchronized (lock) {
      failure = cause;
      busy = false;
      lock.notifyAll();
    }
    listener.failed(cause);
  }
}
