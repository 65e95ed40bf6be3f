package io.mooring.raft.core;

import io.mooring.base.Check;
import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * One member's part in consensus. Inputs are plain calls, output is one {@link Ready}, taken once
 * per turn. Single-threaded, deterministic; no I/O, clock or random of its own: time comes as
 * ticks, chance as a seeded source.
 *
 * <p>Transitions, all made by {@code become…} below:
 *
 * <pre>
 *   from           on                                    to             term   effect
 *   start          construction                          follower       –
 *   follower       election timeout, campaign()          pre-candidate  –      asks for opinions
 *   pre-candidate  a quorum would vote for it            candidate      + 1    vote for itself
 *   follower       the leader hands over                 candidate      + 1    vote for itself
 *   candidate      durable votes of a quorum             leader         –      the empty entry
 *   (pre-)cand.    a quorum refuses, election timeout    follower       –      and campaigns anew
 *   (pre-)cand.    a message of its term's leader        follower       –
 *   leader         no quorum heard for a timeout         follower       –
 *   leader         its removal was applied               follower       –
 *   any            a message of a newer term             follower       =      no vote yet
 * </pre>
 *
 * <p>A member's own vote, and a leader's own match index, count once {@link #persisted} has
 * reported them, so that nobody wins or commits on what a disk may not keep. A configuration change
 * takes effect when it is applied.
 */
public final class Raft {

  private final RaftConfig config;
  private final RandomGenerator random;
  private final RaftLog log;
  private final Output output;
  private Configuration configuration;
  private Quorum quorum;
  private Role role;
  private HardState hardState;

  private long lastReadContext;

  /**
   * Creates a member from what its disk holds.
   *
   * @param config of this member
   * @param start read back by recovery
   * @param random for election timeouts; seeded differently on each member
   */
  public Raft(RaftConfig config, RaftStart start, RandomGenerator random) {
    this.config = config;
    this.random = random;
    this.log = new RaftLog(config.limits(), start);
    this.configuration = start.configuration();
    this.quorum = new Quorum(configuration);
    this.hardState = start.hardState();
    this.output = new Output(log, hardState);
    this.role = new Follower(this, 0);
    long lastTerm = log.last().term();
    Check.that(
        lastTerm <= hardState.term(),
        "R6 entry of a term above the stored one",
        lastTerm,
        hardState.term());
  }

  // Inputs.

  /** A tick of the driver's clock has passed; a heartbeat interval is some of them. */
  public void tick() {
    role.tick();
  }

  /**
   * Takes a message of another member. One that is malformed, or for somebody else, changes
   * nothing.
   */
  public void step(Message message) {
    if (message.to() != config.memberId()
        || message.from() == config.memberId()
        || message.from() == 0
        || message.term() > Message.MAX_TERM
        || !message.isWellFormed()) {
      return; // R17, B90
    }
    if (message.term() < hardState.term()) {
      Elections.answerOld(this, message);
      return;
    }
    if (message instanceof Message.VoteRequest request) {
      Elections.answer(this, request);
      return;
    }
    if (message.term() > hardState.term() && !message.isPreVote()) {
      becomeFollower(message.term(), 0);
    }
    role.step(message);
  }

  /** Stands for election now, if it may. A member alone need not wait for any timeout. */
  public void campaign() {
    if (!mayCampaign()) {
      return;
    }
    if (config.preVote()) {
      becomePreCandidate();
    } else {
      becomeCandidate(false);
    }
  }

  /**
   * Appends commands, or sends them to the leader, once.
   *
   * @param commands frozen from here on
   * @return how many were taken, from the first, and why the rest was not
   */
  public Proposed propose(List<byte[]> commands) {
    List<Payload> payloads = new ArrayList<>(commands.size());
    for (byte[] command : commands) {
      payloads.add(new Payload(Entry.Kind.COMMAND, command));
    }
    return proposeAll(payloads);
  }

  /**
   * Proposes a change of the configuration, or sends it to the leader, once.
   *
   * @return null when it is under way
   */
  public @Nullable Refusal proposeConfChange(ConfigChange change) {
    return proposeAll(List.of(new Payload(Entry.Kind.CONFIG, change.encode()))).refusal();
  }

  /**
   * Asks from which index on a read is linearizable, of the leader if this is another member. The
   * answer comes in a {@link Ready}; none comes when a message is lost or the leader changes: ask
   * again then, under a new context.
   *
   * @param context rising from call to call, and begun at random in each life of this member, so
   *     that no answer to an older attempt can pass for one to this
   * @return null when it is under way
   */
  public @Nullable Refusal readIndex(long context) {
    Check.that(context > lastReadContext, "R13 context used before", context, lastReadContext);
    lastReadContext = context;
    if (role instanceof Leader leader) {
      return leader.read(context) ? null : Refusal.FULL;
    }
    if (role.leaderId() == 0) {
      return Refusal.NO_LEADER;
    }
    send(new Message.ReadIndex(config.memberId(), role.leaderId(), term(), context));
    return null;
  }

  /**
   * Hands leadership over. It has happened when the soft state names another leader, and has not
   * when an election timeout passes without that. To itself: nothing to do.
   *
   * @return null when it is under way
   */
  public @Nullable Refusal transferLeadership(long memberId) {
    if (!(role instanceof Leader leader)) {
      return Refusal.NOT_LEADER;
    }
    if (!configuration.isVoter(memberId)) {
      return Refusal.NOT_VOTER;
    }
    leader.transferTo(memberId);
    return null;
  }

  /** Messages to a member were probably lost. */
  public void reportUnreachable(long memberId) {
    if (role instanceof Leader leader) {
      leader.unreachable(memberId);
    }
  }

  /**
   * A transfer that a {@link Ready} asked for has ended: the member has installed it, or it failed.
   * Where the member stands it says itself, by an acknowledgement; this only lets the leader ask.
   */
  public void reportSnapshot(long memberId) {
    if (role instanceof Leader leader) {
      leader.transferEnded(memberId);
    }
  }

  /** The log has synced the append in flight. */
  public void persisted(Persisted durable) {
    output.persisted(durable, hardState);
    role.persisted();
  }

  /** The machine has applied everything up to an index. */
  public void applied(long index) {
    log.applied(index, retainedBytes());
  }

  private long retainedBytes() {
    if (configuration.members().size() == 1) {
      return 0;
    }
    return role instanceof Leader leader && leader.isBringingState()
        ? limits().retainedInTransferBytes()
        : limits().retainedBytes();
  }

  /**
   * The machine has applied a configuration change, or refused it. Comes before {@link #applied} of
   * its index.
   *
   * @param accepted whether it takes effect: the machine decides, alike on all members
   * @return the configuration in force
   */
  public Configuration applyConfigChange(long index, boolean accepted) {
    ConfigChange change =
        Check.present(ConfigChange.decode(log.get(index).data()), "R18 unreadable change");
    Check.that(accepted || !change.isLeave(), "R19 a joint configuration must be left", index);
    log.configApplied(index);
    Configuration next = accepted ? configuration.after(change) : configuration;
    // One that does not fit any more is no change, on every member alike.
    reconfigure(next == null ? configuration : next);
    return configuration;
  }

  /** The transfer snapshot is the machine's state now, durably, and the log begins behind it. */
  public void installed(Transfer transfer) {
    EntryId last = transfer.last();
    Check.that(last.term() <= hardState.term(), "R6 snapshot of a term above ours", last.term());
    output.endInstall(transfer);
    log.restart(last);
    reconfigure(transfer.configuration());
    if (role instanceof Follower follower) {
      follower.installEnded();
    }
  }

  /** The transfer snapshot could not be installed; this member is as it was. */
  public void installFailed(Transfer transfer) {
    output.endInstall(transfer);
  }

  private Proposed proposeAll(List<Payload> payloads) {
    if (role instanceof Leader leader) {
      return leader.propose(payloads);
    }
    return Forwarding.toLeader(this, payloads);
  }

  // Output.

  /** Takes what is to be done; the caller carries out all of it. */
  public Ready ready() {
    role.endTurn();
    return output.take(hardState, softState());
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

  /** The configuration in force here: that of the last change that was applied. */
  public Configuration configuration() {
    return configuration;
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

  /** Member that leadership is being handed to; 0 for none. */
  public long transferee() {
    return role instanceof Leader leader ? leader.transferee() : 0;
  }

  /** What this leader knows to be durable on a member; 0 when it does not lead or know it. */
  public long matchIndex(long memberId) {
    Progress progress = role instanceof Leader leader ? leader.progress().get(memberId) : null;
    return progress == null ? 0 : progress.matchIndex();
  }

  /**
   * Whether something is held up until more is applied: entries above a bound or behind a change of
   * the configuration, or the next change.
   */
  public boolean waitsForApply() {
    return log.holdsBack() || role instanceof Leader leader && leader.changeIsPending();
  }

  /** Whether a transfer snapshot is to be installed, or is being installed. */
  public boolean isInstalling() {
    return output.isInstalling();
  }

  // Transitions.

  /**
   * Whether this member may stand for election. One that has not applied a committed change would
   * count by a configuration that others have left (R18), and one whose log is about to be replaced
   * would promise what it then has not.
   */
  private boolean mayCampaign() {
    return role.kind() != Role.Kind.LEADER
        && configuration.isVoter(config.memberId())
        && !output.isInstalling()
        && !log.hasUnappliedConfig();
  }

  /** The leader asked for it: nobody has to be protected, and no opinion is needed. */
  void campaignInTransfer() {
    if (mayCampaign()) {
      becomeCandidate(true);
    }
  }

  void becomeFollower(long term, long leaderId) {
    Check.that(term >= hardState.term(), "R2 term fell", term, hardState.term());
    if (term > hardState.term()) {
      // One value: a new term clears the vote in the same write (R3).
      hardState = new HardState(term, 0);
    }
    change(new Follower(this, leaderId));
  }

  private void becomePreCandidate() {
    HardState before = hardState;
    PreCandidate next = new PreCandidate(this);
    change(next);
    Check.that(hardState.equals(before), "R15 a pre-vote changed term or vote", hardState.term());
    next.begin();
  }

  void becomeCandidate(boolean inTransfer) {
    Check.that(role.kind() != Role.Kind.LEADER, "R4 a leader campaigns in its own term");
    Check.that(configuration.isVoter(config.memberId()), "R22 only a voter campaigns");
    hardState = new HardState(hardState.term() + 1, config.memberId());
    Candidate next = new Candidate(this);
    change(next);
    next.begin(inTransfer);
  }

  void becomeLeader() {
    Check.that(role.kind() == Role.Kind.CANDIDATE, "R1 only a candidate may lead");
    Check.that(hardState.vote() == config.memberId(), "R3 leads without its own vote");
    Check.that(
        output.durableHardState().equals(hardState), "R3 leads on a vote that is not durable");
    Leader next = new Leader(this);
    change(next);
    next.begin();
  }

  /** A leader of this term has shown itself. */
  void follow(Message message) {
    Check.that(message.term() == hardState.term(), "R1 leader of another term", message.term());
    becomeFollower(hardState.term(), message.from());
    role.step(message);
  }

  private void change(Role next) {
    role = next;
    output.roleChanged();
  }

  private void reconfigure(Configuration next) {
    configuration = next;
    quorum = new Quorum(next);
    boolean votes = next.isVoter(config.memberId());
    if (role instanceof Leader leader && votes) {
      leader.follow(next);
      leader.recount();
    } else if (role.kind() != Role.Kind.FOLLOWER && !votes) {
      if (role instanceof Leader leader) {
        leader.handOver();
      }
      becomeFollower(hardState.term(), 0); // removed, or made a learner (R20)
    }
  }

  // What roles need.

  RaftConfig config() {
    return config;
  }

  RaftLimits limits() {
    return config.limits();
  }

  long memberId() {
    return config.memberId();
  }

  long term() {
    return hardState.term();
  }

  HardState durableHardState() {
    return output.durableHardState();
  }

  RaftLog log() {
    return log;
  }

  Quorum quorum() {
    return quorum;
  }

  Role role() {
    return role;
  }

  /** An election timeout, drawn anew each time so that split votes do not repeat (section 5.2). */
  int drawElectionTicks() {
    return config.electionTicks() + random.nextInt(config.electionTicks());
  }

  void send(Message message) {
    output.send(message, hardState);
  }

  /** Raises the commit index, if that is news. */
  void commit(long index) {
    if (index > log.committedIndex()) {
      log.commit(index);
    }
  }

  void confirmRead(ReadState read) {
    output.confirmRead(read);
  }

  void wantTransfer(long memberId) {
    output.wantTransfer(memberId);
  }

  void beginInstall(Transfer transfer) {
    output.beginInstall(transfer);
  }

  void vote(long candidate) {
    Check.that(
        hardState.vote() == 0 || hardState.vote() == candidate,
        "R3 second vote in a term",
        hardState.vote(),
        candidate);
    hardState = new HardState(hardState.term(), candidate);
  }
}
