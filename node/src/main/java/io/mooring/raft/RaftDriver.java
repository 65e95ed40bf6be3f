package io.mooring.raft;

import io.mooring.api.internalpb.Command;
import io.mooring.base.Check;
import io.mooring.error.ServerError;
import io.mooring.log.LogWriter;
import io.mooring.log.SegmentLog;
import io.mooring.loop.FatalHandler;
import io.mooring.loop.Loop;
import io.mooring.loop.Reply;
import io.mooring.loop.ReplyBatch;
import io.mooring.machine.Membership;
import io.mooring.machine.Outcome;
import io.mooring.machine.View;
import io.mooring.raft.core.Configuration;
import io.mooring.raft.core.EntryId;
import io.mooring.raft.core.Message;
import io.mooring.raft.core.Persisted;
import io.mooring.raft.core.Raft;
import io.mooring.raft.core.RaftStart;
import io.mooring.raft.core.ReadState;
import io.mooring.raft.core.Ready;
import io.mooring.raft.core.Role;
import io.mooring.raft.core.SoftState;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Carries the core's outputs to the log, to apply and to those who wait, and their inputs back.
 *
 * <p>Everything that is not marked "any thread" runs on the raft loop and never blocks. A turn
 * takes all that has arrived, feeds the core, and carries out its Ready; answers leave as one task
 * per loop at the turn's end. Anything thrown ends the member.
 */
public final class RaftDriver implements Consensus, Leadership, AppliedListener {

  private final DriverConfig config;
  private final Loop loop;
  private final LogWriter log;
  private final SegmentLog opened;
  private final Outbound outbound;
  private final FatalHandler fatal;

  // The edge; any thread.
  private final WriteEdge edge;
  private final ReadEdge asks;
  private final PeerInbox inbox;
  private final TableFollower table;
  private final AppliedNews applied;
  private final Standing standing;
  private final Ending ending = new Ending();

  // The raft loop's.
  private final ReplyBatch replies = new ReplyBatch();
  private final ProposalQueue writes;
  private final ReadQueue reads;
  private final HandOvers handOvers;
  private final LateWrites late;
  private final Sweep sweep;
  private final Transfers transfers;
  private final Truncation truncation;
  private @Nullable Applier applier;
  private @Nullable Replay replay;
  private @Nullable Raft raft;
  private SoftState soft = new SoftState(Role.Kind.FOLLOWER, 0, 0);

  /**
   * Prepares a member; nothing runs before {@link #start}.
   *
   * @param loop the raft loop
   * @param logLoop the log thread; the log belongs to it from now on
   * @param opened log, checked against the engine by {@link Recovery}
   * @param view of the engine as it was opened
   * @param joining the cluster as others described it, for a member whose own table is still empty;
   *     otherwise null
   * @param outbound the way to other members
   * @param states moves whole states between them and here
   * @param fatal told when the member cannot go on
   */
  public RaftDriver(
      DriverConfig config,
      Loop loop,
      Loop logLoop,
      SegmentLog opened,
      View view,
      @Nullable Configuration joining,
      Outbound outbound,
      StateTransfer states,
      FatalHandler fatal) {
    this.config = config;
    this.loop = loop;
    this.opened = opened;
    this.log = new LogWriter(loop, logLoop, opened);
    this.applied = new AppliedNews(loop, view, () -> guarded(this::onApplied));
    this.table = new TableFollower(joining);
    this.outbound = outbound;
    this.fatal = fatal;
    this.writes = new ProposalQueue(config, replies);
    this.standing = Standing.before(config.core().memberId(), outbound, opened, view);
    this.reads = new ReadQueue(config, replies, standing.meter());
    this.transfers = new Transfers(loop, log, states, table, writes, this::guarded, this::advance);
    this.truncation = new Truncation(log::truncateBefore, config.retainedEntries());
    this.handOvers = new HandOvers(replies);
    this.late = new LateWrites(config, outbound);
    this.sweep = new Sweep(loop, writes, reads, handOvers, late, () -> guarded(this::sweep));
    this.edge = new WriteEdge(config, loop, this::onProposals);
    this.inbox = new PeerInbox(loop, this::onMessages);
    this.asks = new ReadEdge(config, loop, this::onAsks);
  }

  /**
   * Replays what the engine lacks and takes part. Any thread.
   *
   * @param caller the loop that the future resumes on
   * @param applier takes what is committed
   * @return done when this member has applied everything that was committed before, so that it can
   *     serve
   */
  public Future<View> start(Loop caller, Applier applier) {
    later(() -> replay(applier));
    return asks.whenServing(caller);
  }

  // The edge; any thread.

  @Override
  public Future<Outcome> propose(Loop caller, Command command, long deadlineNs) {
    Reply<Outcome> reply = Reply.on(caller);
    ServerError refusal =
        ending.wanted()
            ? ServerError.STOPPED
            : edge.offer(caller, command, deadlineNs, reply, applyGap());
    if (refusal != null) {
      reply.promise().fail(refusal.exception());
    }
    return reply.promise().future();
  }

  @Override
  public boolean backlogged() {
    return edge.backlogged(applyGap());
  }

  private long applyGap() {
    return standing.status().commitIndex() - view().appliedIndex();
  }

  @Override
  public Future<View> linearizable(Loop caller, long deadlineNs) {
    if (ending.wanted()) {
      Promise<View> refused = caller.promise();
      refused.fail(ServerError.STOPPED.exception());
      return refused.future();
    }
    return asks.ask(caller, deadlineNs);
  }

  @Override
  public Future<Void> transfer(Loop caller, long memberId, long deadlineNs) {
    Reply<@Nullable Void> reply = Reply.on(caller);
    long byNs = loop.nowNs() + Deadlines.remainingNs(caller, deadlineNs);
    later(
        () -> {
          handOvers.begin(raft, memberId, byNs, reply);
          advance();
        },
        () -> ending.refuses(replies, Stream.of(reply)));
    return reply.promise().future();
  }

  /** What this member knows of the others. Any thread. */
  public MemberLinks links() {
    return standing;
  }

  @Override
  public View view() {
    return applied.view();
  }

  @Override
  public RaftStatus status() {
    return standing.status().with(view().appliedIndex());
  }

  /**
   * Takes what another member sent. Any thread; never blocks.
   *
   * @param bytes that the messages cost to hold
   * @return false when there is no room; they are lost then
   */
  public boolean received(List<Message> messages, long bytes) {
    return inbox.offer(messages, bytes);
  }

  /**
   * Takes a transfer snapshot that has arrived whole and waits here. Any thread.
   *
   * @param caller the loop that the future resumes on
   * @return whether it was installed, once that is known; false at once when it is not wanted
   */
  public Future<Boolean> received(Loop caller, Message.InstallSnapshot snapshot) {
    Promise<Boolean> answer = caller.promise();
    later(() -> transfers.received(raft, snapshot, answer), () -> answer.tryComplete(false));
    return answer.future();
  }

  /** Sending the state to another member has ended, well or not. Any thread. */
  public void transferEnded(long memberId) {
    tell(core -> core.reportSnapshot(memberId));
  }

  /** Something that was for another member has probably been lost. Any thread. */
  public void unreachable(long memberId) {
    tell(core -> core.reportUnreachable(memberId));
  }

  private void tell(Consumer<Raft> news) {
    later(
        () -> {
          if (raft != null) {
            news.accept(raft);
            advance();
          }
        });
  }

  /** The apply thread's way back; the view with it follows. */
  @Override
  public void configured(long index, boolean accepted, Membership now) {
    table.configured(index, accepted, now);
  }

  /** The apply thread's way back. */
  @Override
  public void applied(View now) {
    applied.published(now);
  }

  /**
   * Refuses what is new and finishes what is under way, then answers "server stopped" to the rest.
   * Any thread. Afterwards the machine may be stopped, and then {@link #closeLog} called.
   *
   * @param graceNs how long to wait for what is under way; the shortest of several calls counts
   * @return hears of the end, as every other call does
   */
  public Future<Void> stop(Loop caller, long graceNs) {
    ending.want();
    Promise<Void> promise = caller.promise();
    later(
        () -> {
          ending.tell(promise);
          loop.timer(graceNs, () -> guarded(this::endStop));
          advance();
        },
        promise::tryComplete);
    return promise.future();
  }

  /** Closes the log with the mark of a clean shutdown; the last thing a member does. Any thread. */
  public Future<Void> closeLog(Loop caller) {
    Promise<Void> promise = caller.promise();
    loop.execute(
        () -> {
          ending.reach();
          log.close(true).onSuccess(promise::tryComplete);
        });
    return promise.future();
  }

  private void onProposals(List<Proposal> turn) {
    if (ending.refuses(replies, turn.stream().map(each -> each.waiting().reply()))) {
      return;
    }
    guarded(
        () -> {
          edge.taken(turn);
          writes.add(turn);
          advance();
        });
  }

  private void onAsks(List<ReadQueue.Ask> turn) {
    if (ending.refuses(replies, turn.stream().map(ReadQueue.Ask::reply))) {
      return;
    }
    guarded(
        () -> {
          reads.add(turn);
          advance();
        });
  }

  /** A list of messages of one member; an empty one ends the turn. */
  private void onMessages(List<Message> messages) {
    guarded(
        () -> {
          if (raft == null) {
            return; // still replaying: the others send again
          }
          for (Message message : messages) {
            raft.step(message);
          }
          if (messages.isEmpty()) {
            advance();
          }
        });
  }

  private void onPersisted(Persisted persisted) {
    guarded(
        () -> {
          core().persisted(persisted);
          advance();
        });
  }

  private void onApplied() {
    applied.taken();
    if (raft == null) {
      table.replayed();
      Check.present(replay, "applied before the replay began").applied(view());
    } else {
      advance();
    }
  }

  private void replay(Applier to) {
    applier = to;
    View now = view();
    EntryId begin = new EntryId(now.appliedIndex(), now.appliedTerm());
    Membership members = now.membership();
    Supplier<Configuration> joined = () -> table.afterReplay(view().membership());
    boolean alone = members.voters().size() + members.learners().size() == 1;
    replay = new Replay(alone, opened, log, to, begin, joined, this::guarded);
    replay.run(this::participate);
  }

  private void participate(RaftStart start) {
    Check.that(start.applied().index() == view().appliedIndex(), "R26 replay is not finished");
    raft = new Raft(config.core(), start, new SplittableRandom(config.processEpoch()));
    replay = null;
    Configuration members = raft.configuration();
    if (members.voters().equals(List.of(config.core().memberId())) && !members.isJoint()) {
      raft.campaign(); // nobody else could win, so there is no election timer to wait for
    }
    advance();
    tickLater();
  }

  /** Carries out what the core wants until it wants nothing, then answers. */
  private void advance() {
    Raft core = raft;
    if (core != null) {
      View now;
      do {
        now = view();
        settle(core, now);
      } while (applied.await(waitsForApply(core, now), core.appliedIndex()));
      standing.publish(core, soft);
    }
    if (ending.inSight() && edge.waiting() == 0 && writes.isEmpty() && reads.isEmpty()) {
      endStop();
    }
    replies.flush();
    sweep.later();
  }

  private void settle(Raft core, View now) {
    if (now.appliedIndex() > core.appliedIndex() && !transfers.isInstalling(now)) {
      table.follow(core, now.appliedIndex());
      core.applied(now.appliedIndex());
      writes.applied(now.appliedIndex());
    }
    Ready ready;
    do {
      follow(core.softState());
      // What is proposed while the way to the leader is down would be lost: it waits instead.
      if (standing.reaches(soft.leaderId())) {
        writes.propose(core);
        reads.begin(core, loop.nowNs());
      }
      ready = core.ready();
      carryOut(ready);
    } while (!ready.isEmpty());
    reads.resolve(now);
  }

  /** Whether more could go on here as soon as more is applied. */
  private boolean waitsForApply(Raft core, View now) {
    return !transfers.isInstalling(now)
        && (ending.inSight() || !reads.isEmpty() || core.waitsForApply());
  }

  private void carryOut(Ready ready) {
    if (!ready.messages().isEmpty()) {
      outbound.send(ready.messages());
    }
    if (ready.append() != null) {
      log.append(ready.append(), this::onPersisted);
    }
    if (!ready.committed().isEmpty()) {
      Check.present(applier, "no applier").apply(writes.committed(ready.committed()));
    }
    for (ReadState read : ready.reads()) {
      reads.confirmed(read);
    }
    transfers.carryOut(core(), ready);
  }

  /** No linearizable read outlives the leader that was asked (R13). */
  private void follow(SoftState now) {
    boolean same = now.leaderId() == soft.leaderId() && now.term() == soft.term();
    if (!same && soft.leaderId() != 0) {
      reads.leaderChanged();
    }
    if (!now.equals(soft)) {
      late.follow(soft, now, loop.nowNs());
      handOvers.leaderIs(now.leaderId());
      soft = now;
    }
  }

  // Time.

  private void tickLater() {
    loop.timer(config.tickNs(), () -> guarded(this::tick));
  }

  private void tick() {
    Raft core = core();
    core.tick();
    standing.meter().ticked(soft.role(), core.configuration(), loop.nowNs(), config.tickNs());
    standing.publishMatches(core, soft);
    truncation.run(core, view().engine().fallbackIndex());
    advance();
    tickLater();
  }

  private void sweep() {
    sweep.expire(soft, raft);
    advance();
  }

  private void endStop() {
    ending.reach();
    writes.stop();
    reads.stop();
    handOvers.stop();
    transfers.stop();
    replies.flush();
    ending.announce();
  }

  private Raft core() {
    return Check.present(raft, "the core does not run yet");
  }

  /** Runs a turn on the raft loop; any thread. */
  private void later(Runnable turn) {
    loop.execute(() -> guarded(turn));
  }

  /** The same; what was offered after the end is answered all the same. */
  private void later(Runnable turn, Runnable tooLate) {
    Runnable inTime = () -> guarded(turn);
    loop.execute(() -> (ending.reached() ? tooLate : inTime).run());
  }

  private void guarded(Runnable turn) {
    if (ending.reached()) {
      return;
    }
    try {
      turn.run();
    } catch (Throwable e) {
      ending.reach();
      fatal.fatal("raft", e);
    }
  }
}
