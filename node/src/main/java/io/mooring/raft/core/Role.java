package io.mooring.raft.core;

/**
 * What a member is in its term, with exactly the state of that role. A role decides what a message
 * or a tick means; only {@link Raft} swaps roles.
 */
public sealed interface Role permits Follower, Campaign, Leader {

  /** The roles by name. A learner is a follower that its configuration does not let vote. */
  enum Kind {
    /** Waits for somebody to lead, itself included. */
    FOLLOWER,
    /** Asks whether it could win, without a term of its own. */
    PRE_CANDIDATE,
    /** Asks for votes. */
    CANDIDATE,
    /** Orders entries for its term. */
    LEADER
  }

  /** Which role this is. */
  Kind kind();

  /** Leader known in this role, 0 for none. */
  long leaderId();

  /** One tick has passed. */
  void tick();

  /** Takes a message of this member's own term, or a pre-vote; never a request for a vote. */
  void step(Message message);

  /** The disk has caught up; term, vote and log say how far. */
  default void persisted() {}

  /** The turn ends: what was put off to cover the whole turn goes out now. */
  default void endTurn() {}

  /** Whether a leader was heard within an election timeout, so that nobody may unseat it (R15). */
  default boolean hasLiveLeader() {
    return false;
  }
}
