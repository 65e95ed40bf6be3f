package io.mooring.raft.core;

import io.mooring.base.Check;

/**
 * Asks for votes in a term that it has entered. Its requests leave, and its own vote counts, once
 * term and vote are durable (R3).
 */
final class Candidate extends Campaign {

  Candidate(Raft raft) {
    super(raft);
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
  void heard(Message.VoteReply reply) {
    record(reply.from(), reply.granted());
  }

  @Override
  public void persisted() {
    if (isDurable()) {
      record(raft.memberId(), true);
    }
  }

  /** Without its own durable vote a crash could let it vote for another in this term. */
  @Override
  void won() {
    if (isDurable()) {
      raft.becomeLeader();
    }
  }

  private boolean isDurable() {
    return raft.durableHardState().equals(raft.hardState());
  }
}
