package io.mooring.raft.core;

/**
 * Who gets a vote, and what is owed to those who are behind; the same in every role, learners
 * included: a learner that is asked may have been made a voter without knowing it yet (R22).
 */
final class Elections {

  private Elections() {}

  /** Answers a request for a vote of this term or a newer one. */
  static void answer(Raft raft, Message.VoteRequest request) {
    if (request.term() > raft.term()) {
      // A member that was cut off or removed must not unseat a leader that others hear (R15, R20).
      if (!request.inTransfer() && raft.role().hasLiveLeader()) {
        return;
      }
      if (!request.preVote()) {
        raft.becomeFollower(request.term(), 0);
      }
    }
    boolean granted = isFree(raft, request) && isUpToDate(raft, request.last());
    if (granted && !request.preVote()) {
      raft.vote(request.from());
      if (raft.role() instanceof Follower follower) {
        follower.voted();
      }
    }
    if (granted && request.preVote() && goesFirst(raft, request)) {
      raft.becomeFollower(raft.term(), 0);
    }
    reply(raft, request, granted);
  }

  /**
   * Whether this member, which asks for opinions itself, makes way for another that does. When two
   * ask at the same time both would be encouraged, and each would keep its vote: a whole election
   * timeout for nothing. The one that makes way has had no answer yet to what it asked, as that
   * comes behind this request.
   */
  private static boolean goesFirst(Raft raft, Message.VoteRequest request) {
    return raft.role().kind() == Role.Kind.PRE_CANDIDATE
        && (!request.last().equals(raft.log().last())
            || Long.compareUnsigned(request.from(), raft.memberId()) > 0);
  }

  /** Tells a member of an older term that there is a newer one. */
  static void answerOld(Raft raft, Message message) {
    if (message instanceof Message.VoteRequest request) {
      reply(raft, request, false);
    } else if (message.isFromLeader()) {
      // A leader that was cut off steps down on this. Without it, a member that came back with a
      // higher term than the leader's would answer nobody, and nobody could win against the leader.
      raft.send(new Message.HeartbeatReply(raft.memberId(), message.from(), raft.term(), 0));
    }
  }

  /**
   * A candidate learns what is committed from whoever answers it. Without this a cluster can stand
   * still for good: a leader that removed itself has the longer log, so it refuses its vote; it is
   * no voter any more, so it does not campaign; and who remains does not know that the removal is
   * committed, so it still needs that vote.
   */
  static void learn(Raft raft, Message.VoteReply reply) {
    if (raft.log().holds(reply.committed())) {
      raft.commit(reply.committed().index());
    }
  }

  /** Asks all voters; oneself needs no message. */
  static void ask(Raft raft, long term, boolean preVote, boolean inTransfer) {
    for (long member : raft.configuration().members()) {
      if (member != raft.memberId() && raft.configuration().isVoter(member)) {
        raft.send(
            new Message.VoteRequest(
                raft.memberId(), member, term, raft.log().last(), preVote, inTransfer));
      }
    }
  }

  /** Whether the vote of that term is still to be given, or was given to this one. */
  private static boolean isFree(Raft raft, Message.VoteRequest request) {
    if (request.term() > raft.term()) {
      return true; // a pre-vote: only an opinion about a term that nobody here has entered
    }
    long vote = raft.hardState().vote();
    return vote == request.from() || vote == 0 && raft.role().leaderId() == 0;
  }

  /** Section 5.4.1: a later last term, or the same and at least as long. */
  private static boolean isUpToDate(Raft raft, EntryId last) {
    EntryId own = raft.log().last();
    return last.term() > own.term() || last.term() == own.term() && last.index() >= own.index();
  }

  private static void reply(Raft raft, Message.VoteRequest request, boolean granted) {
    // A granted pre-vote names the term that was asked for, everything else this member's own.
    long term = granted ? request.term() : raft.term();
    if (term > 0) {
      raft.send(
          new Message.VoteReply(
              raft.memberId(),
              request.from(),
              term,
              request.preVote(),
              granted,
              raft.log().idAt(raft.log().committedIndex())));
    }
  }
}
