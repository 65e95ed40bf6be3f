package io.mooring.raft.core;

/** Why the core did not take what it was asked for. Whatever was refused was not begun. */
public enum Refusal {
  /** Nobody is known to lead; ask again once somebody does. */
  NO_LEADER,
  /** Another member leads, and only the leader can do this. */
  NOT_LEADER,
  /** Leadership is being handed over (R23). */
  IN_TRANSFER,
  /** It alone is larger than any message or append may be. */
  TOO_LARGE,
  /** Too much waits for its commit or for the machine (R28). */
  FULL,
  /**
   * A configuration change is under way, or this leader has not yet committed in its term (R18).
   */
  CHANGE_PENDING,
  /** The change does not fit the configuration in force (R19). */
  CHANGE_INVALID,
  /** No voter of this configuration has that id. */
  NOT_VOTER
}
