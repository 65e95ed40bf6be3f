package io.mooring.read;

/** What one reply holds of the reply budget; it grows with the reply. One thread at a time. */
final class ReplyShare {

  private final ReplyBudget budget;
  private long reserved;

  /** Holds nothing yet. */
  ReplyShare(ReplyBudget budget) {
    this.budget = budget;
  }

  /** Grows to what the whole reply takes now; false when there is not so much left. */
  boolean cover(long bytes) {
    long grown = bytes - reserved;
    if (bytes <= ReplyBudget.FREE_BYTES || grown <= 0) {
      return true;
    }
    if (!budget.tryReserve(grown)) {
      return false;
    }
    reserved = bytes;
    return true;
  }

  /** Whether {@link #release} has something to give back. */
  boolean holds() {
    return reserved > 0;
  }

  /** Gives all back. Called once. */
  void release() {
    if (reserved > 0) {
      budget.release(reserved);
    }
  }
}
