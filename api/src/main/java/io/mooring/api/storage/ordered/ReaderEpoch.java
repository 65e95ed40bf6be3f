package io.mooring.api.storage.ordered;

import java.util.concurrent.atomic.AtomicInteger;

/**
 * A span of heap states that may refer to the same slabs, and how many readers hold one of them.
 *
 * <p>A reader counts itself in the epoch of the heap state that it has just read, and then looks
 * whether that state is still the newest; if not it takes itself out and tries again. So whoever is
 * counted holds a state that was the newest when it was counted. The apply thread publishes a state
 * of a new epoch first and looks at the count of the old one afterwards: a reader that it does not
 * see will see the new state.
 */
final class ReaderEpoch {

  final long number;
  private final AtomicInteger readers = new AtomicInteger();

  ReaderEpoch(long number) {
    this.number = number;
  }

  /** Counts a reader in; any thread. */
  void enter() {
    readers.incrementAndGet();
  }

  /** Counts a reader out; any thread. */
  void leave() {
    if (readers.decrementAndGet() < 0) {
      throw new IllegalStateException("more readers left an epoch than entered it");
    }
  }

  boolean hasReaders() {
    return readers.get() > 0;
  }
}
