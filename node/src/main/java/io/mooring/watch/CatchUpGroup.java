package io.mooring.watch;

import org.jspecify.annotations.Nullable;

/**
 * Unsynced watchers at similar positions, which read history together. Every member is at the
 * group's position, or at its own floor when that is above it; so two groups can always be merged
 * at the lower of their positions. Confined to the hub's loop.
 */
final class CatchUpGroup {

  private final KeyRangeTree<Watcher> members = new KeyRangeTree<>();
  private long next;
  private int prevKvCount;
  private @Nullable RangeUnion interest;

  /** Creates an empty group whose next slice begins at a revision. */
  CatchUpGroup(long next) {
    this.next = next;
  }

  /** First revision of its next slice. */
  long next() {
    return next;
  }

  void next(long revision) {
    next = revision;
  }

  KeyRangeTree<Watcher> members() {
    return members;
  }

  boolean wantsPrevKv() {
    return prevKvCount > 0;
  }

  void add(Watcher watcher) {
    watcher.catchingUp(this, members.add(watcher.spec().range(), watcher));
    prevKvCount += watcher.spec().prevKv() ? 1 : 0;
    interest = null;
  }

  /** Takes a member out; what state it goes to is the caller's affair. */
  void remove(Watcher watcher) {
    members.remove(watcher.place());
    prevKvCount -= watcher.spec().prevKv() ? 1 : 0;
    // The union may stay: too wide costs a copy, too narrow would cost an event.
  }

  /** Every key that some member, or a member that has left since, is about. */
  RangeUnion interest() {
    if (interest == null) {
      interest = new RangeUnion(members.ranges());
    }
    return interest;
  }
}
