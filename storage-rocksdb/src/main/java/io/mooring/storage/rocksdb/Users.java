package io.mooring.storage.rocksdb;

import java.util.concurrent.atomic.AtomicInteger;

/**
 * Who still uses a native resource. It starts with one user, its owner; the last to leave releases
 * it, on whatever thread that is. Any thread.
 */
final class Users {

  private final AtomicInteger count = new AtomicInteger(1);
  private final Runnable release;

  Users(Runnable release) {
    this.release = release;
  }

  /** Joins, unless the resource has been released. */
  boolean tryEnter() {
    int now = count.get();
    while (now > 0) {
      if (count.compareAndSet(now, now + 1)) {
        return true;
      }
      now = count.get();
    }
    return false;
  }

  /** Leaves; to be called once for the owner and once for each {@link #tryEnter} that was true. */
  void leave() {
    int left = count.decrementAndGet();
    if (left < 0) {
      throw new IllegalStateException("left more often than entered");
    }
    if (left == 0) {
      release.run();
    }
  }
}
