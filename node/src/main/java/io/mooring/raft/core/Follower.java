package io.mooring.raft.core;

import io.mooring.base.Check;

/**
 * Follows a leader, or waits for one. A voter that hears nothing for an election timeout campaigns;
 * a learner never does (R22).
 *
 * <p>It acknowledges entries once per turn, and only what is durable: {@code min(agreed,
 * persisted)}, where {@code agreed} is how far its log is known to equal that of this term's leader
 * (R11).
 */
final class Follower implements Role {

  private final Raft raft;
  private final RaftLog log;
  private final int timeoutTicks;
  private int elapsedTicks;
  private long leaderId;

  private long agreedIndex;
  private long acknowledgedIndex;

  /** An append was taken and has not been answered. */
  private boolean answerDue;

  Follower(Raft raft, long leaderId) {
    this.raft = raft;
    this.log = raft.log();
    this.leaderId = leaderId;
    this.timeoutTicks = raft.drawElectionTicks();
  }

  @Override
  public Kind kind() {
    return Kind.FOLLOWER;
  }

  @Override
  public long leaderId() {
    return leaderId;
  }

  @Override
  public boolean hasLiveLeader() {
    return leaderId != 0 && elapsedTicks < raft.config().electionTicks();
  }

  /** A vote was granted: whoever got it needs the time to win. */
  void voted() {
    elapsedTicks = 0;
  }

  @Override
  public void tick() {
    elapsedTicks++;
    if (elapsedTicks >= timeoutTicks) {
      elapsedTicks = 0;
      leaderId = 0;
      raft.campaign();
    }
  }

  @Override
  public void step(Message message) {
    if (!message.isFromLeader()) {
      return; // late answers to what this member was before, and what only a leader can use
    }
    Check.that(
        leaderId == 0 || leaderId == message.from(),
        "R1 two leaders in one term",
        leaderId,
        message.from());
    leaderId = message.from();
    elapsedTicks = 0;
    switch (message.kind()) {
      case APPEND_ENTRIES -> append((Message.AppendEntries) message);
      case HEARTBEAT -> heartbeat((Message.Heartbeat) message);
      case INSTALL_SNAPSHOT -> install((Message.InstallSnapshot) message);
      case TIMEOUT_NOW -> raft.campaignInTransfer();
      case READ_INDEX_REPLY -> {
        Message.ReadIndexReply reply = (Message.ReadIndexReply) message;
        raft.confirmRead(new ReadState(reply.context(), reply.index()));
      }
      case APPENDED,
          APPEND_REFUSED,
          HEARTBEAT_REPLY,
          VOTE_REQUEST,
          VOTE_REPLY,
          PROPOSE,
          READ_INDEX ->
          throw new AssertionError(message.kind());
    }
  }

  private void append(Message.AppendEntries append) {
    if (raft.isInstalling()) {
      return;
    }
    EntryId previous = append.previous();
    boolean held = log.holds(previous);
    if (held || previous.index() < log.committedIndex()) {
      Check.that(
          held || previous.index() < log.base().index(),
          "R7 the leader contradicts what is committed",
          previous.index());
      take(append, held);
    } else {
      EntryId hint = log.lastNotAbove(previous.index(), previous.term());
      raft.send(
          new Message.AppendRefused(
              raft.memberId(), leaderId, raft.term(), previous.index(), hint));
    }
  }

  /**
   * Takes an append.
   *
   * @param held whether the entry before it is here; if not, it was applied and dropped long ago,
   *     and all that this append is good for is to be told how far we are
   */
  private void take(Message.AppendEntries append, boolean held) {
    if (append.last().index() > log.lastIndex()
        && log.backlogBytes() > raft.limits().maxBacklogBytes()) {
      return; // as if lost: the machine is too far behind, and the leader tries again (R28)
    }
    if (held) {
      log.merge(append.entries());
      agreedIndex = Math.max(agreedIndex, append.last().index());
    }
    // What is committed is in the log of every later leader (R7).
    agreedIndex = Math.max(agreedIndex, log.committedIndex());
    answerDue |= !append.news();
    raft.commit(Math.min(append.commitIndex(), agreedIndex));
  }

  private void heartbeat(Message.Heartbeat heartbeat) {
    raft.send(
        new Message.HeartbeatReply(raft.memberId(), leaderId, raft.term(), heartbeat.round()));
    if (!raft.isInstalling()) {
      // The leader names no more than what this member has acknowledged to it in this term. If the
      // log holds less, an old copy of the disk was put back: this member must not go on.
      Check.that(
          heartbeat.commitIndex() <= log.lastIndex(),
          "R27 log lost: this member has acknowledged more than its log holds",
          heartbeat.commitIndex(),
          log.lastIndex());
      raft.commit(heartbeat.commitIndex());
    }
  }

  private void install(Message.InstallSnapshot install) {
    EntryId last = install.transfer().last();
    if (raft.isInstalling()) {
      return; // one at a time (R24)
    }
    if (last.index() <= log.committedIndex()) {
      agreedIndex = Math.max(agreedIndex, log.committedIndex());
      answerDue = true;
    } else if (log.holds(last)) {
      // Everything is here already; only the news that it is committed was missing.
      agreedIndex = Math.max(agreedIndex, last.index());
      raft.commit(last.index());
      answerDue = true;
    } else {
      raft.beginInstall(install.transfer());
    }
  }

  /** A transfer snapshot is in place; the leader hears how far we are. */
  void installEnded() {
    if (leaderId != 0) {
      agreedIndex = Math.max(agreedIndex, log.committedIndex());
      answerDue = true;
    }
  }

  @Override
  public void endTurn() {
    if (leaderId == 0) {
      return;
    }
    long durable = Math.min(agreedIndex, log.persistedIndex());
    // When more is being written, the answer comes with it.
    if (durable > acknowledgedIndex || (answerDue && durable == agreedIndex)) {
      Check.that(durable <= log.persistedIndex(), "R11 acknowledges what is not durable", durable);
      acknowledgedIndex = Math.max(acknowledgedIndex, durable);
      answerDue = false;
      raft.send(new Message.Appended(raft.memberId(), leaderId, raft.term(), durable));
    }
  }
}
