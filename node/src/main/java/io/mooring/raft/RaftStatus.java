package io.mooring.raft;

/**
 * Where this member stands; published after each raft turn.
 *
 * @param term current term
 * @param leaderId leader known to this member, 0 for none
 * @param lastIndex last index of the log in memory
 * @param commitIndex known durable on a quorum
 * @param appliedIndex in the machine
 * @param leaderChanges how often this member has seen another leader than before, or the same again
 */
public record RaftStatus(
    long term,
    long leaderId,
    long lastIndex,
    long commitIndex,
    long appliedIndex,
    long leaderChanges) {

  /** The same with what the machine has by now, which was in the log and committed before. */
  RaftStatus with(long applied) {
    return new RaftStatus(
        term,
        leaderId,
        Math.max(lastIndex, applied),
        Math.max(commitIndex, applied),
        applied,
        leaderChanges);
  }
}
