package io.mooring.loop;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;

/**
 * The bounded way into a loop. Any thread offers; the loop drains everything that has arrived, once
 * per turn, as one list in the order of arrival. Many offers before a turn cost one task.
 *
 * @param <T> immutable values
 */
public final class Mailbox<T> {

  private final Loop loop;
  private final int capacity;
  private final Consumer<List<T>> receiver;
  private final ConcurrentLinkedQueue<T> queue = new ConcurrentLinkedQueue<>();
  private final AtomicInteger waiting = new AtomicInteger();
  private final AtomicBoolean scheduled = new AtomicBoolean();

  /**
   * Creates a mailbox.
   *
   * @param loop where the receiver runs
   * @param capacity values that may wait, 1 or more
   * @param receiver takes a turn's values; it owns the list
   */
  public Mailbox(Loop loop, int capacity, Consumer<List<T>> receiver) {
    this.loop = loop;
    this.capacity = capacity;
    this.receiver = receiver;
  }

  /** Puts a value in. False: full, nothing was taken, and the caller must say so to somebody. */
  public boolean offer(T value) {
    if (waiting.incrementAndGet() > capacity) {
      waiting.decrementAndGet();
      return false;
    }
    queue.add(value);
    if (!scheduled.get() && scheduled.compareAndSet(false, true)) {
      loop.execute(this::drain);
    }
    return true;
  }

  /** Values waiting now; a figure, not a promise. */
  public int size() {
    return waiting.get();
  }

  private void drain() {
    // Cleared before polling: an offer that comes later schedules another turn, so none is missed.
    scheduled.set(false);
    List<T> turn = new ArrayList<>();
    for (T value = queue.poll(); value != null; value = queue.poll()) {
      turn.add(value);
      if (turn.size() == capacity) {
        break;
      }
    }
    waiting.addAndGet(-turn.size());
    if (!queue.isEmpty() && scheduled.compareAndSet(false, true)) {
      loop.execute(this::drain);
    }
    if (!turn.isEmpty()) {
      receiver.accept(turn);
    }
  }
}
