package io.mooring.raft.core;

/**
 * Asks the others about their votes, and counts what they say. Whoever has no answer that decides
 * within an election timeout tries again, so that votes which were split, or lost on the way, do
 * not leave a cluster without a leader.
 */
abstract sealed class Campaign implements Role permits PreCandidate, Candidate {

  final Raft raft;
  private final Ballot ballot = new Ballot();
  private final int timeoutTicks;
  private int elapsedTicks;

  Campaign(Raft raft) {
    this.raft = raft;
    this.timeoutTicks = raft.drawElectionTicks();
  }

  @Override
  public final long leaderId() {
    return 0;
  }

  @Override
  public final void tick() {
    elapsedTicks++;
    if (elapsedTicks >= timeoutTicks) {
      raft.becomeFollower(raft.term(), 0);
      raft.campaign();
    }
  }

  @Override
  public final void step(Message message) {
    if (message.isFromLeader()) {
      raft.follow(message);
    } else if (message instanceof Message.VoteReply reply
        && reply.preVote() == (kind() == Kind.PRE_CANDIDATE)) {
      Elections.learn(raft, reply);
      heard(reply);
    }
  }

  /** Takes an answer to what this role has asked. */
  abstract void heard(Message.VoteReply reply);

  /** A quorum is for this member. */
  abstract void won();

  /** Counts a vote. */
  final void record(long member, boolean granted) {
    ballot.record(member, granted);
    switch (ballot.tally(raft.quorum())) {
      case WON -> won();
      case LOST -> raft.becomeFollower(raft.term(), 0);
      case OPEN -> {}
    }
  }
}
