package io.mooring.read;

import io.mooring.base.Check;
import io.mooring.error.Code;
import io.mooring.error.EtcdError;
import io.mooring.error.TransportError;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Bytes of replies that are being built or written, over all clients together. Large ranges to slow
 * clients are refused before they fill the heap. A write's reply cannot be refused any more once
 * the write is done: it is counted all the same, and while there is nothing left no further write
 * begins whose reply may be large. Any thread.
 */
public final class ReplyBudget {

  /** What is said while there is nothing left. */
  public static final EtcdError REFUSAL =
      new TransportError(
          Code.RESOURCE_EXHAUSTED, "mooring: too many bytes of replies are in flight");

  /**
   * What is said when a write is done, but its reply found no room, or not in time. A client that
   * hears it must not take the write for refused.
   */
  public static final EtcdError WRITTEN =
      new TransportError(
          Code.RESOURCE_EXHAUSTED, "mooring: written, but too much to show it in the reply");

  /** Up to here a reply is not counted: the budget is about what is large. */
  public static final int FREE_BYTES = 4 << 10;

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

  /** Takes a share although there may not be so much left. */
  public void reserve(long bytes) {
    reserved.addAndGet(bytes);
  }

  /** Whether nothing is left. */
  public boolean exhausted() {
    return reserved.get() >= maxBytes;
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
