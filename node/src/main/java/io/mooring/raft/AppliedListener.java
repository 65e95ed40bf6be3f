package io.mooring.raft;

import io.mooring.machine.View;

/** The way back from the apply thread to the raft loop. */
public interface AppliedListener {

  /**
   * Entries up to {@code view.appliedIndex()} are applied, and the view is published. Called on the
   * apply thread after each engine commit, before any reply; hands over and returns.
   */
  void applied(View view);
}
