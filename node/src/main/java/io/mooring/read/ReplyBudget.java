package io.mooring.read;

import io.mooring.base.Check;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Bytes of replies that are being built or written, over all clients together. Large ranges to slow
 * clients are refused before they fill the heap. Any thread.
 */
public final class ReplyBudget {

  private final long maxBytes;
  private final AtomicLong reserved = new AtomicLong();

  /** A budget of so many bytes. */
  public ReplyBudget(long maxBytes) {
    Check.that(maxBytes > 0, "reply budget must be positive", maxBytes);
    this.maxBytes = maxBytes;
  }

  /** A quarter of the heap. */
  public static ReplyBudget ofHeap() {
    return new ReplyBudget(Runtime.getRuntime().maxMemory() / 4);
  }

  /** Takes a share; false when there is not so much left. */
  public boolean tryReserve(long bytes) {
    if (reserved.addAndGet(bytes) <= maxBytes) {
      return true;
    }
    reserved.addAndGet(-bytes);
    return false;
  }

  /** Gives back a share. */
  public void release(long bytes) {
    long left = reserved.addAndGet(-bytes);
    Check.that(left >= 0, "reply budget released twice", left);
  }

  /** Bytes in flight; a figure, not a promise. */
  public long inFlight() {
    return reserved.get();
  }
}
