package io.mooring.it.cluster;

import java.util.concurrent.TimeUnit;

/**
 * Traffic in one direction between two members: open, cut, or slow. Proxies ask it before they pass
 * bytes on; whoever makes the faults sets it.
 */
final class Link {

  private static final long SETTLE_MS = 200;

  private boolean cut;
  private long delayNs;
  private long passedBytes;
  private int passing;

  /** From now on nothing passes; waits a moment for what is passing just now. */
  synchronized void cut() {
    cut = true;
    long deadlineNs = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(SETTLE_MS);
    try {
      long leftNs = deadlineNs - System.nanoTime();
      while (passing > 0 && leftNs > 0) {
        TimeUnit.NANOSECONDS.timedWait(this, leftNs);
        leftNs = deadlineNs - System.nanoTime();
      }
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  /** What waits goes on. */
  synchronized void heal() {
    cut = false;
    delayNs = 0;
    notifyAll();
  }

  /** Lets bytes pass only so much later; what follows them waits as well. */
  synchronized void delay(long millis) {
    delayNs = TimeUnit.MILLISECONDS.toNanos(millis);
  }

  /** Whether nothing passes. */
  synchronized boolean isCut() {
    return cut;
  }

  /** Bytes that went through since the start: the proof that a cut was one. */
  synchronized long passedBytes() {
    return passedBytes;
  }

  /**
   * Waits until bytes may pass.
   *
   * @param readNs when they were read
   */
  synchronized void enter(long readNs) throws InterruptedException {
    while (true) {
      long waitNs = readNs + delayNs - System.nanoTime();
      if (cut) {
        wait();
      } else if (waitNs > 0) {
        TimeUnit.NANOSECONDS.timedWait(this, waitNs);
      } else {
        passing++;
        return;
      }
    }
  }

  /** They have passed. */
  synchronized void leave(int byteCount) {
    passing--;
    passedBytes += byteCount;
    notifyAll();
  }
}
