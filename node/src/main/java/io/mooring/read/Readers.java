package io.mooring.read;

import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The threads that may wait for a disk on behalf of readers. Fixed in number, with a bounded queue:
 * when it is full somebody is told "too many requests". They are never interrupted.
 */
public final class Readers implements ReaderPool, AutoCloseable {

  private static final Logger log = LoggerFactory.getLogger(Readers.class);
  private static final long CLOSE_TIMEOUT_SECONDS = 5;

  private final ThreadPoolExecutor pool;

  /**
   * Starts the threads.
   *
   * @param threads 1 or more
   * @param capacity tasks that may wait
   */
  public Readers(int threads, int capacity) {
    AtomicInteger next = new AtomicInteger();
    pool =
        new ThreadPoolExecutor(
            threads,
            threads,
            0,
            TimeUnit.SECONDS,
            new ArrayBlockingQueue<>(capacity),
            task -> {
              Thread thread = new Thread(task, "reader-" + next.getAndIncrement());
              thread.setDaemon(true);
              return thread;
            });
    pool.prestartAllCoreThreads();
  }

  @Override
  public boolean offer(Runnable task) {
    try {
      pool.execute(() -> run(task));
      return true;
    } catch (RejectedExecutionException full) {
      return false;
    }
  }

  /** Tasks waiting now; a figure, not a promise. */
  public int waiting() {
    return pool.getQueue().size();
  }

  /** Takes no more tasks, and waits, for a bounded time, until those taken are done. */
  @Override
  public void close() {
    pool.shutdown();
    try {
      if (!pool.awaitTermination(CLOSE_TIMEOUT_SECONDS, TimeUnit.SECONDS)) {
        log.warn("{} reads are still running", pool.getActiveCount());
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /**
   * A task reports its own faults, whatever they are, to those who wait for it; this is for defects
   * alone, so that no thread is lost to one.
   */
  private static void run(Runnable task) {
    try {
      task.run();
    } catch (Throwable defect) {
      log.error("a read failed", defect);
    }
  }
}
