package io.mooring.raft;

import io.mooring.machine.Membership;
import io.mooring.machine.View;

/** The way back from the apply thread to the raft loop. */
public interface AppliedListener {

  /**
   * An entry of kind CONFIG has been applied; comes in order, before the view with it. Called on
   * the apply thread; hands over and returns.
   *
   * @param index of the entry
   * @param accepted whether the machine let the change take effect
   * @param now who takes part from this index on, as the member table has it (R21)
   */
  default void configured(long index, boolean accepted, Membership now) {}

  /**
   * Entries up to {@code view.appliedIndex()} are applied, and the view is published. Called on the
   * apply thread after each engine commit, before any reply; hands over and returns.
   */
  void applied(View view);
}
