package io.mooring.loop;

import io.vertx.core.Promise;

/**
 * One thread at a time that runs tasks in the order they arrive. Event loops, our own threads and
 * the simulator implement it. Tasks on an event loop never block.
 */
public interface Loop {

  /** Runs a task on this loop, later; any thread may call. */
  void execute(Runnable task);

  /**
   * Runs a task on this loop after a delay.
   *
   * @param delayNs nanoseconds, 0 or more; rounded up to the loop's resolution
   */
  Timer timer(long delayNs, Runnable task);

  /** A promise whose future resumes on this loop. */
  <T> Promise<T> promise();

  /** Whether the calling thread is this loop's, now. */
  boolean isCurrent();

  /** Nanoseconds of this loop's monotonic clock; only differences mean anything. */
  long nowNs();

  /** A timer that can be taken back. */
  interface Timer {
    /** Prevents the task from running, if it has not begun. Called on the loop. */
    void cancel();
  }
}
