package io.mooring.apply;

import io.mooring.machine.View;

/** Where lease changes go. Called on the apply thread; hands over and returns. */
public interface LeaseSink {

  /**
   * Takes a delta and the view it is part of. An implementation that has no room forgets the delta
   * and reloads from the view.
   */
  void offer(LeaseDelta delta, View view);
}
