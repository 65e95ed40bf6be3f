package io.mooring.api.storage.ordered;

import io.mooring.api.storage.EngineException;
import java.util.ArrayDeque;
import java.util.List;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Commits on their way from the apply thread to the store, bounded in bytes and log entries until
 * they are durable. The one place where the apply thread waits for the disk.
 */
final class Backlog {

  private final ReentrantLock lock = new ReentrantLock();
  private final Condition room = lock.newCondition();
  private final Condition work = lock.newCondition();

  private final long maxBytes;
  private final long maxEntries;
  private final long lingerNs;
  private final int enoughRows;
  private final long enoughBytes;

  /** Not handed to the writer yet. */
  private final ArrayDeque<PendingCommit> waiting = new ArrayDeque<>();

  /** Committed to the heap and not durable yet, oldest first; what {@link #waiting} has is here. */
  private final ArrayDeque<Unsaved> unsaved = new ArrayDeque<>();

  private int waitingRows;
  private long waitingBytes;
  private long oldestWaitingNs;
  private long unsavedBytes;
  private long addedIndex;
  private long addedSequence;
  private long writtenSequence;
  private volatile long durableIndex;
  private boolean urgent;
  private boolean closing;
  private @Nullable EngineException failure;

  private record Unsaved(long sequence, long appliedIndex, long heapBytes) {}

  Backlog(long maxBytes, long maxEntries, OrderedProfile profile, long durableIndex) {
    this.maxBytes = maxBytes;
    this.maxEntries = maxEntries;
    this.lingerNs = profile.lingerNs();
    this.enoughRows = Math.max(1, profile.transactionRows() / 2);
    this.enoughBytes = profile.transactionBytes() / 2;
    this.durableIndex = durableIndex;
    this.addedIndex = durableIndex;
  }

  /** Hands a commit over; waits while the bound is exceeded. Apply thread. */
  void add(PendingCommit commit) {
    lock.lock();
    try {
      while (failure == null && !unsaved.isEmpty() && full(commit)) {
        urgent = true;
        work.signal();
        room.awaitUninterruptibly();
      }
      throwFailure();
      if (waiting.isEmpty()) {
        oldestWaitingNs = System.nanoTime();
      }
      waiting.add(commit);
      waitingRows += commit.rows();
      waitingBytes += commit.heapBytes();
      long index = commit.state().appliedIndex();
      unsaved.add(new Unsaved(commit.sequence(), index, commit.heapBytes()));
      unsavedBytes += commit.heapBytes();
      addedIndex = index;
      addedSequence = commit.sequence();
      if (waiting.size() == 1 || enough()) {
        work.signal();
      }
    } finally {
      lock.unlock();
    }
  }

  private boolean full(PendingCommit commit) {
    return unsavedBytes + commit.heapBytes() > maxBytes
        || commit.state().appliedIndex() - durableIndex > maxEntries;
  }

  private boolean enough() {
    return waitingRows >= enoughRows || waitingBytes >= enoughBytes;
  }

  /**
   * Takes the oldest commits, at least one if any waits. Seeds travel alone: what follows them may
   * build on rows that only a finished transaction shows. Writer thread.
   *
   * @param waitNs how long to wait for work, and for company of what is there; 0 to take at once
   * @return whether the store should hurry: somebody waits, or half of the bound is not durable yet
   */
  boolean take(int maxRows, long maxTakenBytes, long waitNs, List<PendingCommit> taken) {
    lock.lock();
    try {
      if (waitNs > 0) {
        awaitWork(waitNs);
      }
      int rows = 0;
      long bytes = 0;
      while (!waiting.isEmpty()) {
        PendingCommit next = waiting.element();
        boolean fits = rows + next.rows() <= maxRows && bytes + next.heapBytes() <= maxTakenBytes;
        boolean alone = next.seeds().length > 0;
        if (!taken.isEmpty() && (!fits || alone)) {
          break;
        }
        taken.add(waiting.remove());
        rows += next.rows();
        bytes += next.heapBytes();
        if (alone) {
          break;
        }
      }
      waitingRows -= rows;
      waitingBytes -= bytes;
      boolean hurry =
          urgent || unsavedBytes > maxBytes / 2 || addedIndex - durableIndex > maxEntries / 2;
      if (waiting.isEmpty()) {
        urgent = false;
      }
      return hurry;
    } finally {
      lock.unlock();
    }
  }

  private void awaitWork(long waitNs) {
    long startNs = System.nanoTime();
    boolean interrupted = false;
    while (failure == null && !closing && !urgent && !enough()) {
      long nowNs = System.nanoTime();
      long leftNs = waitNs - (nowNs - startNs);
      if (!waiting.isEmpty()) {
        leftNs = Math.min(leftNs, lingerNs - (nowNs - oldestWaitingNs));
      }
      if (leftNs <= 0) {
        break;
      }
      try {
        work.awaitNanos(leftNs);
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  /** Told by the writer: commits up to this one stand in the store. */
  void written(long sequence) {
    lock.lock();
    try {
      writtenSequence = sequence;
      room.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /** Told by the store: commits up to this one would survive a crash. Returns the applied index. */
  long durable(long sequence) {
    lock.lock();
    try {
      while (!unsaved.isEmpty() && unsaved.element().sequence() <= sequence) {
        Unsaved saved = unsaved.remove();
        unsavedBytes -= saved.heapBytes();
        durableIndex = Math.max(durableIndex, saved.appliedIndex());
      }
      room.signalAll();
      return durableIndex;
    } finally {
      lock.unlock();
    }
  }

  /** Applied index of the newest commit that a crash now would keep. */
  long durableIndex() {
    return durableIndex;
  }

  /** Blocks until everything added so far is written. Any thread. */
  void awaitWritten() {
    lock.lock();
    try {
      long wanted = addedSequence;
      while (failure == null && writtenSequence < wanted) {
        urgent = true;
        work.signal();
        room.awaitUninterruptibly();
      }
      throwFailure();
    } finally {
      lock.unlock();
    }
  }

  void fail(EngineException cause) {
    lock.lock();
    try {
      if (failure == null) {
        failure = cause;
      }
      room.signalAll();
      work.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /** No more commits come; the writer is to finish what waits. */
  void close() {
    lock.lock();
    try {
      closing = true;
      work.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /** Whether the writer has nothing left to do for good. */
  boolean finished() {
    lock.lock();
    try {
      return failure != null || (closing && waiting.isEmpty());
    } finally {
      lock.unlock();
    }
  }

  /** Throws what the background work failed with, if it did. */
  void check() {
    lock.lock();
    try {
      throwFailure();
    } finally {
      lock.unlock();
    }
  }

  private void throwFailure() {
    EngineException cause = failure;
    if (cause != null) {
      throw new EngineException(cause.kind(), String.valueOf(cause.getMessage()), cause);
    }
  }

  long unsavedBytes() {
    lock.lock();
    try {
      return unsavedBytes;
    } finally {
      lock.unlock();
    }
  }

  int unsavedCommits() {
    lock.lock();
    try {
      return unsaved.size();
    } finally {
      lock.unlock();
    }
  }
}
