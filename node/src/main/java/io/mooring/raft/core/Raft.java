package io.mooring.raft.core;

import io.mooring.base.Check;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One member's part in consensus. Inputs are plain calls, output is one {@link Ready}, taken once
 * per turn. Single-threaded, deterministic; no I/O, clock or random of its own.
 *
 * <p>Transitions, all made by {@code become…} below:
 *
 * <pre>
 *   from       on                                  to          term   effect
 *   start      construction                        follower    –
 *   follower   campaign()                          candidate   + 1    vote for itself
 *   candidate  durable votes of a quorum           leader      –      append the term's empty entry
 * </pre>
 *
 * <p>A member's own vote, and a leader's own match index, count once {@link #persisted} has
 * reported them, so that a member alone neither wins nor commits on what its disk may not keep.
 */
public final class Raft {

  private static final byte[] NO_DATA = new byte[0];

  private final RaftConfig config;
  private final Quorum quorum;
  private final RaftLog log;
  private Role role = new Role.Follower();
  private HardState hardState;

  /** Newest hard state handed out to be written; differs from the current one until it is. */
  private HardState writtenHardState;

  /** The one append in flight, by what it will make durable. */
  private @Nullable Persisted inFlight;

  private @Nullable SoftState reportedSoftState;

  /**
   * Creates a member from what its disk holds.
   *
   * @param config of this member
   * @param start read back by recovery
   */
  public Raft(RaftConfig config, RaftStart start) {
    Check.that(config.voters().size() == 1, "only a member alone is known", config.voters().size());
    this.config = config;
    this.quorum = new Quorum(config.voters());
    this.log = new RaftLog(config, start);
    this.hardState = start.hardState();
    this.writtenHardState = hardState;
    Check.that(
        log.lastTerm() <= hardState.term(),
        "R6 entry of a term above the stored one",
        log.lastTerm(),
        hardState.term());
  }

  // Inputs.

  /** Stands for election. A member alone does so at once; nobody else could win. */
  public void campaign() {
    becomeCandidate();
  }

  /**
   * Appends commands, if this member leads, as far as they fit under the bound on what waits for
   * its commit.
   *
   * @param commands frozen from here on
   * @return how many were taken, from the first; 0 when this member does not lead
   */
  public int propose(List<byte[]> commands) {
    if (!(role instanceof Role.Leader)) {
      return 0;
    }
    int taken = 0;
    for (byte[] command : commands) {
      Entry entry = next(Entry.Kind.COMMAND, command);
      // One that is larger than the whole bound passes when nothing else waits.
      if (log.uncommittedBytes() > 0
          && log.uncommittedBytes() + entry.sizeBytes() > config.maxUncommittedBytes()) {
        break;
      }
      log.append(entry);
      taken++;
    }
    return taken;
  }

  /**
   * Asks from which index on a read is linearizable. The answer comes in a {@link Ready}; none
   * comes when the leadership ends first.
   *
   * @param context rising from call to call, also when a read is tried again
   * @return false when this member does not lead
   */
  public boolean readIndex(long context) {
    if (!(role instanceof Role.Leader leader)) {
      return false;
    }
    leader.reads.add(context);
    confirmReads(leader);
    return true;
  }

  /** The log has synced the append in flight. */
  public void persisted(Persisted durable) {
    Check.that(inFlight != null, "R11 persisted without an append in flight");
    Check.that(durable.equals(inFlight), "R11 persisted another append", durable.last().index());
    inFlight = null;
    log.persisted(durable.last());
    if (role instanceof Role.Candidate candidate && durable.hardState().equals(hardState)) {
      candidate.votes.add(config.memberId());
      if (quorum.reached(candidate.votes::contains)) {
        becomeLeader();
      }
    } else if (role instanceof Role.Leader leader) {
      progress(leader, config.memberId()).persisted(log.persistedIndex());
      advanceCommit(leader);
    }
  }

  /** The machine has applied everything up to an index. */
  public void applied(long index) {
    log.applied(index);
    Check.that(log.appliedIndex() <= log.committedIndex(), "R9 applied beyond the commit index");
  }

  // Output.

  /** Takes what is to be done; the caller carries out all of it. */
  public Ready ready() {
    Append append = inFlight == null ? nextAppend() : null;
    List<ReadState> reads = role instanceof Role.Leader leader ? leader.reads.take() : List.of();
    return new Ready(append, log.takeCommitted(), reads, changedSoftState());
  }

  private @Nullable Append nextAppend() {
    boolean hardStateChanged = !hardState.equals(writtenHardState);
    if (!hardStateChanged && !log.hasUnwritten()) {
      return null;
    }
    Check.that(hardState.term() >= writtenHardState.term(), "R2 term fell", hardState.term());
    writtenHardState = hardState;
    List<Entry> entries = log.takeUnwritten();
    inFlight = new Persisted(hardState, log.lastTaken());
    // What is not durable here yet must not be named as committed by what is.
    long commitIndex = Math.min(log.committedIndex(), log.persistedIndex());
    return new Append(hardStateChanged ? hardState : null, entries, commitIndex, inFlight);
  }

  private @Nullable SoftState changedSoftState() {
    SoftState now = softState();
    if (now.equals(reportedSoftState)) {
      return null;
    }
    reportedSoftState = now;
    return now;
  }

  // State, for the driver's status and for tests.

  /** What this member believes now. */
  public SoftState softState() {
    return new SoftState(role.kind(), hardState.term(), role.leaderId());
  }

  /** Term and vote as they are now, perhaps not yet durable. */
  public HardState hardState() {
    return hardState;
  }

  /** Last index in the log. */
  public long lastIndex() {
    return log.lastIndex();
  }

  /** Durable here. */
  public long persistedIndex() {
    return log.persistedIndex();
  }

  /** Known durable on a quorum. */
  public long commitIndex() {
    return log.committedIndex();
  }

  /** In the machine. */
  public long appliedIndex() {
    return log.appliedIndex();
  }

  // Roles.

  private void becomeCandidate() {
    Check.that(role.kind() == Role.Kind.FOLLOWER, "only a follower may campaign");
    hardState = new HardState(hardState.term() + 1, config.memberId());
    role = new Role.Candidate();
  }

  private void becomeLeader() {
    Check.that(role.kind() == Role.Kind.CANDIDATE, "R1 only a candidate may lead");
    Check.that(hardState.vote() == config.memberId(), "R3 leads without its own vote");
    Role.Leader leader = new Role.Leader(config, log.lastIndex() + 1);
    progress(leader, config.memberId()).persisted(log.persistedIndex());
    role = leader;
    // Commits what earlier terms left, which may not be committed by counting (R10, R12).
    log.append(next(Entry.Kind.EMPTY, NO_DATA));
  }

  // Commit and reads.

  private void advanceCommit(Role.Leader leader) {
    long index = quorum.committed(voter -> progress(leader, voter).matchIndex());
    if (index > log.committedIndex() && log.term(index) == hardState.term()) {
      Check.that(index <= log.persistedIndex(), "R9 commit beyond this disk", index);
      log.commit(index);
      confirmReads(leader);
    }
  }

  /** A member alone is its own quorum; its reads wait only for the term's first commit. */
  private void confirmReads(Role.Leader leader) {
    if (leader.reads.isWaiting() && log.committedIndex() >= leader.firstIndex) {
      leader.reads.confirm(log.committedIndex());
    }
  }

  private Entry next(Entry.Kind kind, byte[] data) {
    return new Entry(log.lastIndex() + 1, hardState.term(), kind, data);
  }

  private static Progress progress(Role.Leader leader, long member) {
    return Check.present(leader.progress.get(member), "R10 no progress for a voter");
  }
}
