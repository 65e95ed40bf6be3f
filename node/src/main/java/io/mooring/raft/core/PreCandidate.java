package io.mooring.raft.core;

/**
 * Asks a quorum whether it would vote, before it disturbs anybody: neither term nor vote change
 * (R15). Only then does it campaign.
 */
final class PreCandidate implements Role {

  private final Raft raft;
  private final Ballot ballot = new Ballot();
  private final int timeoutTicks;
  private int elapsedTicks;

  PreCandidate(Raft raft) {
    this.raft = raft;
    this.timeoutTicks = raft.drawElectionTicks();
  }

  /** Asks everybody; a member alone needs nobody's opinion. */
  void begin() {
    ballot.record(raft.memberId(), true);
    Elections.ask(raft, raft.term() + 1, true, false);
    count();
  }

  @Override
  public Kind kind() {
    return Kind.PRE_CANDIDATE;
  }

  @Override
  public long leaderId() {
    return 0;
  }

  @Override
  public void tick() {
    elapsedTicks++;
    if (elapsedTicks >= timeoutTicks) {
      raft.becomeFollower(raft.term(), 0);
      raft.campaign();
    }
  }

  @Override
  public void step(Message message) {
    if (message.isFromLeader()) {
      raft.follow(message);
    } else if (message instanceof Message.VoteReply reply && reply.preVote()) {
      Elections.learn(raft, reply);
      // A grant names the term asked for; a refusal the refuser's own, no higher than ours by now.
      if (!reply.granted() || reply.term() == raft.term() + 1) {
        ballot.record(reply.from(), reply.granted());
        count();
      }
    }
  }

  private void count() {
    switch (ballot.tally(raft.quorum())) {
      case WON -> raft.becomeCandidate(false);
      case LOST -> raft.becomeFollower(raft.term(), 0);
      case OPEN -> {}
    }
  }
}
