package io.mooring.raft;

import io.mooring.base.Check;
import io.mooring.loop.Loop;
import io.mooring.machine.View;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * What the machine has applied, on its way to the raft loop. It wakes the loop while something
 * waits for it there, as one task however much comes; otherwise it is there for the loop's next
 * turn, which a tick brings at the latest. Most puts have nobody to wait: their callers are
 * answered by apply itself.
 *
 * <p>Nothing is missed: the loop says that it waits and then looks at the view, apply publishes the
 * view and then looks whether the loop waits.
 */
final class AppliedNews {

  private final Loop loop;
  private final Runnable turn;
  private final AtomicBoolean scheduled = new AtomicBoolean();
  private volatile View view;

  /** Until the loop knows better: all of the replay at the start is waited for. */
  private volatile boolean awaited = true;

  /**
   * Begins with what was applied before.
   *
   * @param turn runs on the loop; begins with {@link #taken}
   */
  AppliedNews(Loop loop, View view, Runnable turn) {
    this.loop = loop;
    this.view = view;
    this.turn = turn;
  }

  /** The newest. Any thread. */
  View view() {
    return view;
  }

  /** Takes what the machine has now. On the apply thread. */
  void published(View now) {
    Check.that(now.appliedIndex() >= view.appliedIndex(), "R9 applied index fell");
    view = now;
    if (awaited && scheduled.compareAndSet(false, true)) {
      loop.execute(turn);
    }
  }

  /** A turn that it asked for runs. Cleared before the view is read: a later one brings another. */
  void taken() {
    scheduled.set(false);
  }

  /**
   * The loop ends a turn.
   *
   * @param wanted whether it has something to do as soon as more is applied
   * @param knownIndex what it has taken as applied
   * @return whether that has happened already
   */
  boolean await(boolean wanted, long knownIndex) {
    awaited = wanted;
    return wanted && view.appliedIndex() > knownIndex;
  }
}
