package io.mooring.raft;

/**
 * The way from the raft loop to the apply thread. What is on its way is bounded by the core, which
 * hands out no more than a configured number of bytes that are not yet reported applied.
 */
public interface Applier {

  /** Takes a batch; called on the raft loop, returns at once. */
  void apply(Committed batch);
}
