package io.mooring.raft.core;

import io.mooring.base.Check;
import java.util.List;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Orders entries for its term, sends them while its own disk still writes them, and commits what a
 * quorum has durably. Everything that a turn brings is sent at its end, so that one turn's
 * proposals share an append and one turn's reads a round of heartbeats.
 */
final class Leader implements Role {

  private static final byte[] NO_DATA = new byte[0];

  private final Raft raft;
  private final RaftLog log;
  private final TreeMap<Long, Progress> progress = new TreeMap<>();
  private final ReadIndexQueue reads;

  /** The empty entry of this term: nothing counts as settled before it is committed (R12). */
  private final long firstIndex;

  /** No configuration change is proposed before everything up to here is applied (R18). */
  private long changesAfterIndex;

  private int beatTicks;
  private int quorumTicks;
  private long transferee;
  private int transferTicks;

  Leader(Raft raft) {
    this.raft = raft;
    this.log = raft.log();
    this.reads = new ReadIndexQueue(raft.limits().maxWaitingReads());
    this.firstIndex = log.lastIndex() + 1;
    this.changesAfterIndex = log.lastIndex();
    follow(raft.configuration());
  }

  /** Commits what earlier terms left, which may not be committed by counting (R10, R12). */
  void begin() {
    own(Entry.Kind.EMPTY, NO_DATA);
    persisted();
  }

  @Override
  public Kind kind() {
    return Kind.LEADER;
  }

  @Override
  public long leaderId() {
    return raft.memberId();
  }

  /** It steps down by itself when it has lost its quorum; until then nobody else may try. */
  @Override
  public boolean hasLiveLeader() {
    return true;
  }

  boolean hasCommittedInTerm() {
    return log.committedIndex() >= firstIndex;
  }

  long transferee() {
    return transferee;
  }

  TreeMap<Long, Progress> progress() {
    return progress;
  }

  // Time.

  @Override
  public void tick() {
    if (transferee != 0 && ++transferTicks >= raft.config().electionTicks()) {
      transferee = 0; // it did not take over in time; this leader goes on (R23)
    }
    if (++quorumTicks >= raft.config().electionTicks()) {
      quorumTicks = 0;
      if (!hasHeardQuorum()) {
        raft.becomeFollower(raft.term(), 0);
        return;
      }
    }
    if (++beatTicks >= raft.config().heartbeatTicks()) {
      beatTicks = 0;
      beat();
    }
  }

  /** Check-quorum (R16): each election timeout needs its own sign of life from a quorum. */
  private boolean hasHeardQuorum() {
    boolean heard = raft.quorum().reached(this::isActive);
    progress.values().forEach(Progress::takeActive);
    return heard;
  }

  private boolean isActive(long member) {
    Progress each = progress.get(member);
    return member == raft.memberId() || each != null && each.isActive();
  }

  private void beat() {
    sendHeartbeats(true);
    progress.forEach(
        (member, each) -> {
          if (member != raft.memberId() && each.beat()) {
            sendAppend(member, each, true);
          }
        });
  }

  /** Every heartbeat is a round of its own, so a lost one is made good by the next. */
  private void sendHeartbeats(boolean learnersToo) {
    long round = reads.begin(log.committedIndex(), hasCommittedInTerm());
    progress.forEach(
        (member, each) -> {
          if (member != raft.memberId() && (learnersToo || raft.configuration().isVoter(member))) {
            long known = Math.min(each.matchIndex(), log.committedIndex());
            raft.send(new Message.Heartbeat(raft.memberId(), member, raft.term(), known, round));
          }
        });
  }

  // Messages.

  @Override
  public void step(Message message) {
    Check.that(!message.isFromLeader(), "R1 another leader in this leader's term", message.from());
    Progress from = progress.get(message.from());
    if (from == null) {
      return; // it was removed, or is not yet known here (R17)
    }
    from.heard();
    switch (message.kind()) {
      case APPENDED -> appended((Message.Appended) message, from);
      case APPEND_REFUSED -> refused((Message.AppendRefused) message, from);
      case HEARTBEAT_REPLY ->
          reads.answered(message.from(), ((Message.HeartbeatReply) message).round());
      case PROPOSE -> propose(((Message.Propose) message).payloads());
      case READ_INDEX ->
          reads.add(
              new ReadIndexQueue.Ask(message.from(), ((Message.ReadIndex) message).context()));
      case VOTE_REPLY -> {} // a late one
      case APPEND_ENTRIES,
          HEARTBEAT,
          INSTALL_SNAPSHOT,
          TIMEOUT_NOW,
          READ_INDEX_REPLY,
          VOTE_REQUEST ->
          throw new AssertionError(message.kind());
    }
  }

  private void appended(Message.Appended message, Progress from) {
    if (message.matchIndex() > log.lastIndex()) {
      return; // nobody can have what was never sent (B90)
    }
    if (from.acknowledged(message.matchIndex(), log.base().index())) {
      advanceCommit();
    }
    if (transferee == message.from() && from.matchIndex() == log.lastIndex()) {
      raft.send(new Message.TimeoutNow(raft.memberId(), transferee, raft.term()));
    }
  }

  private void refused(Message.AppendRefused message, Progress from) {
    EntryId hint = message.hint();
    long agreesAt =
        hint.term() == 0 ? hint.index() : log.lastNotAbove(hint.index(), hint.term()).index();
    from.refused(message.refusedIndex(), agreesAt);
  }

  // Proposals.

  /** Takes proposals from the first as far as they fit. */
  Proposed propose(List<Payload> payloads) {
    int taken = 0;
    for (Payload payload : payloads) {
      Refusal refusal = propose(payload);
      if (refusal != null) {
        return new Proposed(taken, refusal);
      }
      taken++;
    }
    return new Proposed(taken, null);
  }

  private @Nullable Refusal propose(Payload payload) {
    if (transferee != 0) {
      return Refusal.IN_TRANSFER;
    }
    if (payload.data().length > raft.limits().maxEntryBytes()) {
      return Refusal.TOO_LARGE;
    }
    long size = payload.sizeBytes();
    if (exceeds(log.uncommittedBytes(), size, raft.limits().maxUncommittedBytes())
        || exceeds(log.backlogBytes(), size, raft.limits().maxBacklogBytes())) {
      return Refusal.FULL;
    }
    if (payload.kind() == Entry.Kind.CONFIG) {
      Refusal refusal = mayChange(ConfigChange.decode(payload.data()));
      if (refusal != null) {
        return refusal;
      }
      changesAfterIndex = log.lastIndex() + 1;
    }
    own(payload.kind(), payload.data());
    return null;
  }

  private static boolean exceeds(long present, long more, long limit) {
    return present > 0 && present + more > limit;
  }

  /**
   * One change at a time, and none before this term's first commit: otherwise the changes of two
   * leaders could meet in configurations whose quorums do not (the bug found in 2015).
   */
  private @Nullable Refusal mayChange(@Nullable ConfigChange change) {
    if (change == null || raft.configuration().after(change) == null) {
      return Refusal.CHANGE_INVALID;
    }
    return changeIsPending() || !hasCommittedInTerm() ? Refusal.CHANGE_PENDING : null;
  }

  /** Whether what the next change waits for has not been applied. */
  boolean changeIsPending() {
    return log.appliedIndex() < changesAfterIndex;
  }

  private void own(Entry.Kind kind, byte[] data) {
    log.append(new Entry(log.lastIndex() + 1, raft.term(), kind, data));
  }

  // Reads.

  boolean read(long context) {
    return reads.add(new ReadIndexQueue.Ask(raft.memberId(), context));
  }

  private void confirmReads() {
    if (reads.hasArrived() && hasCommittedInTerm()) {
      sendHeartbeats(false);
    }
    for (ReadIndexQueue.Round round : reads.confirmed(raft.quorum(), raft.memberId())) {
      Check.that(
          round.index() >= firstIndex, "R12 a read before this term's commit", round.index());
      for (ReadIndexQueue.Ask ask : round.asks()) {
        if (ask.memberId() == raft.memberId()) {
          raft.confirmRead(new ReadState(ask.context(), round.index()));
        } else {
          raft.send(
              new Message.ReadIndexReply(
                  raft.memberId(), ask.memberId(), raft.term(), ask.context(), round.index()));
        }
      }
    }
  }

  // Leadership transfer.

  /** Refuses proposals from now on, and hands over once the member has everything (R23). */
  void transferTo(long memberId) {
    if (memberId == raft.memberId() || memberId == transferee) {
      return;
    }
    transferee = memberId;
    transferTicks = 0;
    if (Check.present(progress.get(memberId), "R23 no such member").matchIndex()
        == log.lastIndex()) {
      raft.send(new Message.TimeoutNow(raft.memberId(), memberId, raft.term()));
    }
  }

  /** A leader that was removed leaves to whoever has most, without waiting for a timeout. */
  void handOver() {
    long best = 0;
    for (long voter : raft.configuration().voters()) {
      if (voter != raft.memberId() && (best == 0 || matchIndex(voter) > matchIndex(best))) {
        best = voter;
      }
    }
    if (best != 0) {
      raft.send(new Message.TimeoutNow(raft.memberId(), best, raft.term()));
    }
  }

  void unreachable(long memberId) {
    Progress each = progress.get(memberId);
    if (each != null) {
      each.unreachable();
    }
  }

  void transferEnded(long memberId) {
    Progress each = progress.get(memberId);
    if (each != null) {
      each.transferEnded();
    }
  }

  /** Whether a member is being brought this leader's state. */
  boolean isBringingState() {
    for (Progress each : progress.values()) {
      if (each.isFetching()) {
        return true;
      }
    }
    return false;
  }

  // Commit and configuration.

  /** Its own match counts like anybody's: once it is durable (R10). */
  @Override
  public void persisted() {
    Progress own = progress.get(raft.memberId());
    if (own != null) {
      own.persistedHere(log.persistedIndex());
      advanceCommit();
    }
  }

  private void advanceCommit() {
    long index = raft.quorum().committed(this::matchIndex);
    // Entries of older terms are committed only through one of this term (section 5.4.2).
    if (index > log.committedIndex() && log.term(index) == raft.term()) {
      Check.that(index >= firstIndex, "R10 commits by counting below its own term", index);
      raft.commit(index);
    }
  }

  private long matchIndex(long member) {
    Progress each = progress.get(member);
    return each == null ? 0 : each.matchIndex();
  }

  /** A configuration has taken effect. */
  void follow(Configuration configuration) {
    progress.keySet().removeIf(member -> !configuration.contains(member));
    for (long member : configuration.members()) {
      progress.computeIfAbsent(
          member, id -> new Progress(raft.limits(), log.lastIndex() + 1, true));
    }
    if (!configuration.isVoter(transferee)) {
      transferee = 0;
    }
  }

  /** What counts may have changed with the configuration. */
  void recount() {
    persisted();
  }

  private void leaveJoint() {
    boolean mayLeave = !changeIsPending() && hasCommittedInTerm();
    if (raft.configuration().isJoint() && mayLeave && transferee == 0) {
      changesAfterIndex = log.lastIndex() + 1;
      own(Entry.Kind.CONFIG, ConfigChange.LEAVE.encode());
    }
  }

  // Sending.

  @Override
  public void endTurn() {
    leaveJoint();
    confirmReads();
    progress.forEach(
        (member, each) -> {
          if (member != raft.memberId()) {
            replicate(member, each);
          }
        });
  }

  private void replicate(long member, Progress to) {
    while (to.maySend() && hasNews(to)) {
      // The commit index alone is told and not asked about: an answer would say nothing new, and it
      // is told again, with entries or by a heartbeat, should it be lost.
      sendAppend(member, to, to.state() == Progress.State.PROBE);
    }
    if (to.state() == Progress.State.REPLICATE && to.nextIndex() > log.lastIndex()) {
      to.caughtUp();
    }
  }

  private boolean hasNews(Progress to) {
    return switch (to.state()) {
      case PROBE -> true;
      case REPLICATE ->
          to.nextIndex() <= log.lastIndex()
              || to.commitSent() < Math.min(log.committedIndex(), to.nextIndex() - 1);
      case SNAPSHOT -> false;
    };
  }

  /**
   * Sends what comes next, empty or not; asks for a transfer when that has left the window.
   *
   * @param probes whether an empty one is to be acknowledged, too
   */
  private void sendAppend(long member, Progress to, boolean probes) {
    long previous = to.nextIndex() - 1;
    if (previous < log.base().index()) {
      to.needsTransfer();
      raft.wantTransfer(member);
      return;
    }
    List<Entry> entries =
        to.maySend() ? log.from(to.nextIndex(), raft.limits().maxMessageBytes()) : List.of();
    Message.AppendEntries append =
        new Message.AppendEntries(
            raft.memberId(),
            member,
            raft.term(),
            log.idAt(previous),
            entries,
            log.committedIndex(),
            entries.isEmpty() && !probes);
    to.sent(append.last().index(), append.sizeBytes(), append.commitIndex());
    raft.send(append);
  }
}
