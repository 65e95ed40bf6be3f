package io.mooring.raft.core;

/**
 * Asks a quorum whether it would vote, before it disturbs anybody: neither term nor vote change
 * (R15). Only then does it campaign.
 */
final class PreCandidate extends Campaign {

  PreCandidate(Raft raft) {
    super(raft);
  }

  /** Asks everybody; a member alone needs nobody's opinion. */
  void begin() {
    Elections.ask(raft, raft.term() + 1, true, false);
    record(raft.memberId(), true);
  }

  @Override
  public Kind kind() {
    return Kind.PRE_CANDIDATE;
  }

  @Override
  void heard(Message.VoteReply reply) {
    // A grant names the term asked for; a refusal the refuser's own, no higher than ours by now.
    if (!reply.granted() || reply.term() == raft.term() + 1) {
      record(reply.from(), reply.granted());
    }
  }

  @Override
  void won() {
    raft.becomeCandidate(false);
  }
}
