package io.mooring.raft;

import io.mooring.api.internalpb.Command;
import io.mooring.base.Check;
import io.mooring.error.ServerError;
import io.mooring.log.LogWriter;
import io.mooring.log.SegmentLog;
import io.mooring.loop.FatalHandler;
import io.mooring.loop.Loop;
import io.mooring.loop.Mailbox;
import io.mooring.loop.Reply;
import io.mooring.loop.ReplyBatch;
import io.mooring.machine.CommandCodec;
import io.mooring.machine.Outcome;
import io.mooring.machine.View;
import io.mooring.raft.core.Configuration;
import io.mooring.raft.core.Entry;
import io.mooring.raft.core.EntryId;
import io.mooring.raft.core.Persisted;
import io.mooring.raft.core.Raft;
import io.mooring.raft.core.RaftStart;
import io.mooring.raft.core.ReadState;
import io.mooring.raft.core.Ready;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * Carries the core's outputs to the log, to apply and to those who wait, and their inputs back.
 *
 * <p>Everything that is not marked "any thread" runs on the raft loop and never blocks. A turn
 * takes all that has arrived, feeds the core, and carries out its Ready; answers leave as one task
 * per loop at the turn's end. Anything thrown ends the member.
 */
public final class RaftDriver implements Consensus, AppliedListener {

  /** Far in the future, and far from where differences of nanoseconds overflow. */
  private static final long NEVER_NS = TimeUnit.DAYS.toNanos(365);

  private static final long SWEEP_NS = TimeUnit.MILLISECONDS.toNanos(50);

  private final DriverConfig config;
  private final Loop loop;
  private final LogWriter log;
  private final SegmentLog opened;
  private final FatalHandler fatal;

  // The edge; any thread.
  private final Mailbox<Proposal> proposals;
  private final Mailbox<Proposal> privileged;
  private final Mailbox<ReadQueue.Ask> asks;
  private final AtomicLong waitingBytes = new AtomicLong();
  private final AtomicBoolean appliedScheduled = new AtomicBoolean();
  private volatile View view;
  private volatile RaftStatus status;
  private volatile boolean stopping;

  // The raft loop's.
  private final ReplyBatch replies = new ReplyBatch();
  private final ProposalQueue writes;
  private final ReadQueue reads;
  private @Nullable Applier applier;
  private @Nullable Replay replay;
  private @Nullable Raft raft;
  private @Nullable Promise<Void> stopped;
  private long truncatedBefore;
  private boolean ended;

  /**
   * Prepares a member; nothing runs before {@link #start}.
   *
   * @param loop the raft loop
   * @param logLoop the log thread; the log belongs to it from now on
   * @param opened log, checked against the engine by {@link Recovery}
   * @param view of the engine as it was opened
   * @param fatal told when the member cannot go on
   */
  public RaftDriver(
      DriverConfig config,
      Loop loop,
      Loop logLoop,
      SegmentLog opened,
      View view,
      FatalHandler fatal) {
    this.config = config;
    this.loop = loop;
    this.opened = opened;
    this.log = new LogWriter(loop, logLoop, opened);
    this.view = view;
    this.fatal = fatal;
    this.writes = new ProposalQueue(config, replies);
    this.reads = new ReadQueue(config, replies);
    this.proposals = new Mailbox<>(loop, config.maxWaiting(), this::onProposals);
    this.privileged = new Mailbox<>(loop, config.maxWaiting(), this::onProposals);
    this.asks = new Mailbox<>(loop, config.maxWaiting(), this::onAsks);
    this.status =
        new RaftStatus(
            opened.hardState().term(),
            0,
            opened.last().index(),
            opened.commitIndex(),
            view.appliedIndex());
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
    loop.execute(
        () ->
            guarded(
                () -> {
                  this.applier = applier;
                  EntryId applied = new EntryId(view.appliedIndex(), view.appliedTerm());
                  // A member alone; the membership table takes over once there can be others.
                  Configuration alone = Configuration.of(config.core().memberId());
                  replay = new Replay(opened, log, applier, applied, alone, this::guarded);
                  replay.run(this::participate);
                  sweepLater();
                }));
    return ask(caller, loop.nowNs() + NEVER_NS, ServerError.TIMEOUT);
  }

  // The edge; any thread.

  @Override
  public Future<Outcome> propose(Loop caller, Command command, long deadlineNs) {
    Reply<Outcome> reply = Reply.on(caller);
    ServerError refusal = offer(caller, command, deadlineNs, reply);
    if (refusal != null) {
      reply.promise().fail(refusal.exception());
    }
    return reply.promise().future();
  }

  /** In etcd's order of checks: backlog first, then size. */
  private @Nullable ServerError offer(
      Loop caller, Command command, long deadlineNs, Reply<Outcome> reply) {
    if (stopping) {
      return ServerError.STOPPED;
    }
    boolean privilege = isPrivileged(command);
    long gap = status.commitIndex() - view.appliedIndex();
    if (gap > (privilege ? config.maxApplyGapPrivileged() : config.maxApplyGap())) {
      return ServerError.TOO_MANY_REQUESTS;
    }
    int bytes = CommandCodec.HEADER_BYTES + command.getSerializedSize();
    if (bytes > config.maxRequestBytes()) {
      return ServerError.REQUEST_TOO_LARGE;
    }
    if (waitingBytes.addAndGet(bytes) > config.maxWaitingBytes() && !privilege) {
      waitingBytes.addAndGet(-bytes);
      return ServerError.TOO_MANY_REQUESTS;
    }
    byte[] entry = EntryHeader.encode(config.core().memberId(), config.processEpoch(), command);
    // As in etcd, only the client's own deadline ends the wait for a change of membership.
    long timeoutNs =
        CommandCodec.changesMembers(command)
            ? remainingNs(caller, deadlineNs)
            : Math.min(remainingNs(caller, deadlineNs), config.requestTimeoutNs());
    Mailbox<Proposal> lane = privilege ? privileged : proposals; // P22: clients cannot fill both
    if (!lane.offer(new Proposal(entry, reply, loop.nowNs() + timeoutNs))) {
      waitingBytes.addAndGet(-bytes);
      return ServerError.TOO_MANY_REQUESTS;
    }
    return null;
  }

  /** What gives room or brings the member back in order must get through when others may not. */
  private static boolean isPrivileged(Command command) {
    return switch (command.getBodyCase()) {
      case LEASE_REVOKE,
          EXPIRE_LEASES,
          CHECKPOINT_LEASES,
          ALARM,
          COMPACTION,
          PUBLISH_MEMBER,
          FOUND_CLUSTER,
          ADD_MEMBER,
          REMOVE_MEMBER,
          UPDATE_MEMBER,
          PROMOTE_MEMBER,
          CHECK_STATE ->
          true;
      case PUT, DELETE_RANGE, TXN, LEASE_GRANT, BODY_NOT_SET -> false;
    };
  }

  @Override
  public Future<View> linearizable(Loop caller, long deadlineNs) {
    long ownNs = remainingNs(caller, deadlineNs);
    return ownNs < config.requestTimeoutNs()
        ? ask(caller, loop.nowNs() + ownNs, ServerError.DEADLINE_EXCEEDED)
        : ask(caller, loop.nowNs() + config.requestTimeoutNs(), ServerError.TIMEOUT);
  }

  /** Clocks of two loops may begin anywhere; only what remains can be carried over. */
  private static long remainingNs(Loop caller, long deadlineNs) {
    return deadlineNs == Long.MAX_VALUE ? NEVER_NS : deadlineNs - caller.nowNs();
  }

  private Future<View> ask(Loop caller, long deadlineNs, ServerError late) {
    Reply<View> reply = Reply.on(caller);
    if (stopping) {
      reply.promise().fail(ServerError.STOPPED.exception());
    } else if (!asks.offer(new ReadQueue.Ask(reply, deadlineNs, late))) {
      reply.promise().fail(ServerError.TOO_MANY_REQUESTS.exception());
    }
    return reply.promise().future();
  }

  @Override
  public View view() {
    return view;
  }

  @Override
  public RaftStatus status() {
    return status;
  }

  /** The apply thread's way back: the view first, then one task however many come. */
  @Override
  public void applied(View now) {
    Check.that(now.appliedIndex() >= view.appliedIndex(), "R9 applied index fell");
    view = now;
    if (appliedScheduled.compareAndSet(false, true)) {
      loop.execute(() -> guarded(this::onApplied));
    }
  }

  /**
   * Refuses what is new and finishes what is under way, then answers "server stopped" to the rest.
   * Any thread. Afterwards the machine may be stopped, and then {@link #closeLog} called.
   *
   * @param graceNs how long to wait for what is under way
   */
  public Future<Void> stop(Loop caller, long graceNs) {
    stopping = true;
    Promise<Void> promise = caller.promise();
    loop.execute(
        () ->
            guarded(
                () -> {
                  stopped = promise;
                  loop.timer(graceNs, () -> guarded(this::endStop));
                  advance();
                }));
    return promise.future();
  }

  /** Closes the log with the mark of a clean shutdown; the last thing a member does. Any thread. */
  public Future<Void> closeLog(Loop caller) {
    Promise<Void> promise = caller.promise();
    loop.execute(
        () -> {
          ended = true;
          log.close(true).onSuccess(promise::tryComplete);
        });
    return promise.future();
  }

  // Turns.

  private void onProposals(List<Proposal> turn) {
    if (ended) {
      // Offered while the member was stopping.
      turn.forEach(late -> replies.fail(late.reply(), ServerError.STOPPED.exception()));
      replies.flush();
      return;
    }
    guarded(
        () -> {
          long bytes = 0;
          for (Proposal proposal : turn) {
            bytes += proposal.entry().length;
          }
          waitingBytes.addAndGet(-bytes);
          writes.add(turn);
          advance();
        });
  }

  private void onAsks(List<ReadQueue.Ask> turn) {
    if (ended) {
      turn.forEach(late -> replies.fail(late.reply(), ServerError.STOPPED.exception()));
      replies.flush();
      return;
    }
    guarded(
        () -> {
          reads.add(turn);
          advance();
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
    // Cleared before the view is read: one that is published later comes with a task of its own.
    appliedScheduled.set(false);
    View now = view;
    if (raft == null) {
      Check.present(replay, "applied before the replay began").applied(now);
      return;
    }
    raft.applied(now.appliedIndex());
    writes.applied(now.appliedIndex());
    advance();
  }

  private void participate(RaftStart start) {
    Check.that(start.applied().index() == view.appliedIndex(), "R26 replay is not finished");
    raft = new Raft(config.core(), start, new SplittableRandom(config.processEpoch()));
    replay = null;
    // Nobody else could win, so there is no election timer to wait for.
    raft.campaign();
    advance();
  }

  /** Carries out what the core wants until it wants nothing, then answers. */
  private void advance() {
    Raft core = raft;
    if (core != null) {
      Ready ready;
      do {
        if (core.softState().leaderId() != 0) {
          writes.propose(core);
          reads.begin(core);
        }
        ready = core.ready();
        carryOut(ready);
      } while (!ready.isEmpty());
      reads.resolve(view);
      publish(core);
    }
    boolean offered = proposals.size() + privileged.size() > 0;
    if (stopped != null && !offered && writes.isEmpty() && reads.isEmpty()) {
      endStop();
    }
    replies.flush();
  }

  private void carryOut(Ready ready) {
    Check.that(ready.messages().isEmpty(), "messages of a member alone", ready.messages().size());
    Check.that(ready.transfers().isEmpty() && ready.install() == null, "transfer to nobody");
    if (ready.append() != null) {
      log.append(ready.append(), this::onPersisted);
    }
    if (!ready.committed().isEmpty()) {
      Entry last = ready.committed().get(ready.committed().size() - 1);
      Check.that(last.kind() != Entry.Kind.CONFIG, "a change that nobody proposes", last.index());
      Check.present(applier, "no applier").apply(writes.committed(ready.committed()));
    }
    for (ReadState read : ready.reads()) {
      reads.confirmed(read);
    }
  }

  private void publish(Raft core) {
    status =
        new RaftStatus(
            core.softState().term(),
            core.softState().leaderId(),
            core.lastIndex(),
            core.commitIndex(),
            core.appliedIndex());
  }

  // Time.

  private void sweepLater() {
    loop.timer(SWEEP_NS, () -> guarded(this::sweep));
  }

  private void sweep() {
    long nowNs = loop.nowNs();
    writes.expire(nowNs);
    reads.expire(nowNs);
    truncate();
    advance();
    sweepLater();
  }

  /** The log keeps what the engine might lose in a crash (R25, S11), and some more. */
  private void truncate() {
    long before = view.engine().fallbackIndex() - config.retainedEntries() + 1;
    if (raft != null && before > truncatedBefore) {
      Check.that(before <= raft.appliedIndex() + 1, "R25 durable beyond applied", before);
      truncatedBefore = before;
      log.truncateBefore(before);
    }
  }

  private void endStop() {
    Promise<Void> promise = stopped;
    if (promise == null) {
      return;
    }
    stopped = null;
    ended = true;
    writes.stop();
    reads.stop();
    replies.flush();
    promise.tryComplete();
  }

  private Raft core() {
    return Check.present(raft, "the core does not run yet");
  }

  private void guarded(Runnable turn) {
    if (ended) {
      return;
    }
    try {
      turn.run();
    } catch (Throwable e) {
      ended = true;
      fatal.fatal("raft", e);
    }
  }
}
