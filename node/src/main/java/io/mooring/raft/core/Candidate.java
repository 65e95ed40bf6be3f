package io.mooring.raft.core;

import io.mooring.base.Check;

/**
 * Asks for votes in a term that it has entered. Its requests leave, and its own vote counts, once
 * term and vote are durable (R3).
 */
final class Candidate implements Role {

  private final Raft raft;
  private final Ballot ballot = new Ballot();
  private final int timeoutTicks;
  private int elapsedTicks;

  Candidate(Raft raft) {
    this.raft = raft;
    this.timeoutTicks = raft.drawElectionTicks();
  }

  /** Asks everybody. */
  void begin(boolean inTransfer) {
    Check.that(raft.hardState().vote() == raft.memberId(), "R3 campaigns without its own vote");
    Elections.ask(raft, raft.term(), false, inTransfer);
  }

  @Override
  public Kind kind() {
    return Kind.CANDIDATE;
  }

  @Override
  public long leaderId() {
    return 0;
  }

  /** Votes were split, or lost on the way: it tries again in another term. */
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
    } else if (message instanceof Message.VoteReply reply && !reply.preVote()) {
      Elections.learn(raft, reply);
      ballot.record(reply.from(), reply.granted());
      count();
    }
  }

  @Override
  public void persisted() {
    if (raft.durableHardState().equals(raft.hardState())) {
      ballot.record(raft.memberId(), true);
      count();
    }
  }

  private void count() {
    switch (ballot.tally(raft.quorum())) {
      case WON -> {
        // Without its own durable vote a crash could let it vote for another in this term.
        if (raft.durableHardState().equals(raft.hardState())) {
          raft.becomeLeader();
        }
      }
      case LOST -> raft.becomeFollower(raft.term(), 0);
      case OPEN -> {}
    }
  }
}
