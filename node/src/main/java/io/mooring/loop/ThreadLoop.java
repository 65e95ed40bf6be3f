package io.mooring.loop;

import io.vertx.core.Promise;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.PriorityQueue;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * A loop on a plain named thread of our own, whose tasks may block: the log and the apply thread.
 *
 * <p>It is never a pool worker and nobody else holds the thread, because an interrupt would close a
 * file channel for everyone. A task that throws ends the member through the {@link FatalHandler};
 * the loop runs nothing after it. What may wait here is bounded by those who call {@link #execute}:
 * a {@link Mailbox} or a protocol with one message in flight.
 */
public final class ThreadLoop implements Loop, AutoCloseable {

  private final FatalHandler fatal;
  private final Thread thread;

  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private final ArrayDeque<Runnable> arrivals = new ArrayDeque<>();
  private final PriorityQueue<Scheduled> timers = new PriorityQueue<>();
  private long timerSequence;
  private boolean ending;

  /** Starts the thread. */
  public ThreadLoop(String name, FatalHandler fatal) {
    this.fatal = fatal;
    this.thread = new Thread(this::run, name);
    thread.setDaemon(true);
    thread.start();
  }

  /** Runs a task later. Dropped when the loop has been closed. */
  @Override
  public void execute(Runnable task) {
    lock.lock();
    try {
      if (ending) {
        return;
      }
      arrivals.add(task);
      // While tasks were waiting already, the thread has been woken for them.
      if (arrivals.size() == 1) {
        changed.signal();
      }
    } finally {
      lock.unlock();
    }
  }

  @Override
  public Timer timer(long delayNs, Runnable task) {
    lock.lock();
    try {
      Scheduled scheduled = new Scheduled(nowNs() + delayNs, timerSequence++, task);
      timers.add(scheduled);
      changed.signal();
      return () -> scheduled.canceled = true;
    } finally {
      lock.unlock();
    }
  }

  @Override
  public <T> Promise<T> promise() {
    return new LoopPromise<>(this);
  }

  @Override
  public boolean isCurrent() {
    return Thread.currentThread() == thread;
  }

  @Override
  public long nowNs() {
    return System.nanoTime();
  }

  /**
   * Takes nothing more, runs what is waiting, drops timers, and ends the thread. Waits for the end
   * unless called on this loop; never to be called on an event loop.
   */
  @Override
  public void close() {
    lock.lock();
    try {
      ending = true;
      changed.signal();
    } finally {
      lock.unlock();
    }
    if (isCurrent()) {
      return;
    }
    try {
      thread.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void run() {
    List<Runnable> turn = new ArrayList<>();
    try {
      while (awaitTurn(turn)) {
        for (Runnable task : turn) {
          task.run();
        }
        turn.clear();
      }
    } catch (Throwable e) {
      lock.lock();
      try {
        ending = true;
        arrivals.clear();
      } finally {
        lock.unlock();
      }
      fatal.fatal(thread.getName(), e);
    }
  }

  /** Waits for work and moves it to the turn. False: closed, and everything has run. */
  private boolean awaitTurn(List<Runnable> turn) throws InterruptedException {
    lock.lock();
    try {
      while (true) {
        turn.addAll(arrivals);
        arrivals.clear();
        long waitNs = takeDue(turn);
        if (!turn.isEmpty()) {
          return true;
        }
        if (ending) {
          return false;
        }
        if (waitNs == Long.MAX_VALUE) {
          changed.await();
        } else {
          changed.awaitNanos(waitNs);
        }
      }
    } finally {
      lock.unlock();
    }
  }

  /** Moves due timers to the turn; returns the nanoseconds until the next one. */
  private long takeDue(List<Runnable> turn) {
    long now = nowNs();
    for (Scheduled next = timers.peek(); next != null; next = timers.peek()) {
      if (!next.canceled && next.dueNs - now > 0) {
        return next.dueNs - now;
      }
      timers.remove();
      if (!ending) {
        turn.add(next);
      }
    }
    return Long.MAX_VALUE;
  }

  /** A timer's task; canceled on the loop, so also between becoming due and running. */
  private static final class Scheduled implements Runnable, Comparable<Scheduled> {
    private final long dueNs;
    private final long sequence;
    private final Runnable task;
    private volatile boolean canceled;

    Scheduled(long dueNs, long sequence, Runnable task) {
      this.dueNs = dueNs;
      this.sequence = sequence;
      this.task = task;
    }

    @Override
    public void run() {
      if (!canceled) {
        task.run();
      }
    }

    @Override
    public int compareTo(Scheduled other) {
      long byTime = dueNs - other.dueNs;
      return byTime != 0 ? Long.signum(byTime) : Long.compare(sequence, other.sequence);
    }
  }
}
