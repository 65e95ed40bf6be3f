package io.mooring.duty;

import io.mooring.api.storage.tree.TreeCursor;
import io.mooring.apply.LeaseDelta;
import io.mooring.apply.LeaseSink;
import io.mooring.base.Check;
import io.mooring.error.EtcdError;
import io.mooring.error.ServerError;
import io.mooring.loop.Loop;
import io.mooring.loop.Mailbox;
import io.mooring.loop.Reply;
import io.mooring.loop.ReplyBatch;
import io.mooring.machine.View;
import io.mooring.machine.lease.Lease;
import io.mooring.machine.lease.LeaseTable;
import io.mooring.raft.Consensus;
import io.mooring.raft.RaftStatus;
import io.vertx.core.Future;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * Keeps the time of leases while this member leads. A new leader starts each lease at its full TTL,
 * or the replicated rest of it, plus an election timeout; whoever is not leader keeps no deadlines.
 * Renewals are not logged: one proof of leadership serves all that wait, then their deadlines move.
 * What has expired is revoked through consensus, in batches that name the term they were decided
 * in.
 *
 * <p>On the duty loop, but for {@link #offer} and the asking methods.
 */
public final class LeaseExpiry implements LeaseSink {

  /** Answer to a renewal that came too late: the lease is being revoked. */
  public static final long EXPIRING = -1;

  /** Answer to a question about a lease that does not exist. */
  public static final long UNKNOWN = Long.MIN_VALUE;

  private final Loop loop;
  private final Consensus consensus;
  private final long memberId;
  private final LeaseTiming timing;
  private final Mailbox<LeaseDelta> deltas;
  private final Mailbox<LeaseAsk> asks;
  private final AtomicBoolean deltasLost = new AtomicBoolean();
  private final ReplyBatch replies = new ReplyBatch();
  private final LeaseDeadlines leases = new LeaseDeadlines();
  private final LeaseMeter meter = new LeaseMeter();
  private final CheckpointPace pace;
  private final LeaseRevoker revoker;
  private final LeaseWaiters waiters;
  private ArrayDeque<LeaseAsk> waiting = new ArrayDeque<>();
  private boolean proving;
  private boolean stopped;

  /** The term in which this member leads and keeps deadlines; 0 while it does not. */
  private long term;

  /** What is left to be taken over from the view in which the term began. */
  private @Nullable TreeCursor<Lease> loading;

  /**
   * Creates it; nothing runs before {@link #start}.
   *
   * @param memberId this member, to know whether it leads
   */
  public LeaseExpiry(Loop loop, Consensus consensus, long memberId, LeaseTiming timing) {
    this.loop = loop;
    this.consensus = consensus;
    this.memberId = memberId;
    this.timing = timing;
    this.deltas = new Mailbox<>(loop, timing.maxWaiting(), this::onDeltas);
    this.asks = new Mailbox<>(loop, timing.maxWaiting(), this::onAsks);
    this.pace = new CheckpointPace(timing.checkpointNs());
    this.revoker = new LeaseRevoker(loop, consensus, timing, leases, pace, meter);
    this.waiters = new LeaseWaiters(replies, timing.maxWaiting());
  }

  /** Begins to look at the clock. Any thread. */
  public void start() {
    loop.execute(this::tick);
  }

  /** What became of leases here. Any thread. */
  public LeaseMeter meter() {
    return meter;
  }

  /** Ends. Any thread; what waits is answered. */
  public void stop() {
    loop.execute(
        () -> {
          stopped = true;
          resign(ServerError.STOPPED);
          waiting.forEach(ask -> replies.fail(ask.reply(), ServerError.STOPPED.exception()));
          waiting.clear();
          replies.flush();
        });
  }

  @Override
  public void offer(LeaseDelta delta, View view) {
    if (!deltas.offer(delta)) {
      deltasLost.set(true); // the next tick takes over all leases again
    }
  }

  /**
   * Keeps leases alive. Any thread.
   *
   * @param caller where the future resumes
   * @param ids frozen from now on
   * @return per lease its TTL in seconds, 0 if it does not exist, {@link #EXPIRING}
   */
  public Future<long[]> renew(Loop caller, long[] ids) {
    return ask(caller, LeaseAsk.Kind.RENEW, ids);
  }

  /** Remaining nanoseconds of a lease, or {@link #UNKNOWN}. Any thread. */
  public Future<Long> remainingNs(Loop caller, long leaseId) {
    return ask(caller, LeaseAsk.Kind.REMAINING, new long[] {leaseId}).map(answer -> answer[0]);
  }

  private Future<long[]> ask(Loop caller, LeaseAsk.Kind kind, long[] ids) {
    Reply<long[]> reply = Reply.on(caller);
    long deadlineNs = loop.nowNs() + timing.requestTimeoutNs();
    if (!asks.offer(new LeaseAsk(kind, ids, deadlineNs, reply))) {
      reply.promise().fail(ServerError.TOO_MANY_REQUESTS.exception());
    }
    return reply.promise().future();
  }

  /**
   * Completes, with 0, when an expired lease is gone; fails when that takes too long. Any thread.
   */
  public Future<Long> gone(Loop caller, long leaseId) {
    Reply<Long> reply = Reply.on(caller);
    loop.execute(
        () -> {
          if (consensus.view().leases().contains(leaseId)) {
            waiters.add(leaseId, loop.nowNs() + timing.requestTimeoutNs(), reply);
          } else {
            replies.succeed(reply, 0L);
          }
          replies.flush();
        });
    return reply.promise().future();
  }

  /** How long an election may take to begin; any thread. */
  public long electionTimeoutNs() {
    return timing.electionTimeoutNs();
  }

  /** Leases whose time is kept; 0 unless leading. On the loop. */
  int size() {
    return leases.size();
  }

  private void tick() {
    if (stopped) {
      return;
    }
    lead();
    if (term != 0) {
      if (loading == null && deltasLost.getAndSet(false)) { // a load under way knows less
        load(0);
      }
      revoker.run(term);
    }
    long nowNs = loop.nowNs();
    waiters.sweep(nowNs, consensus.view().leases());
    expireAsks(nowNs);
    replies.flush();
    loop.timer(timing.tickNs(), this::tick);
  }

  /** Takes up or lays down the clock, as leadership has it. */
  private void lead() {
    RaftStatus status = consensus.status();
    pace.observe(status.term(), status.leaderId(), loop.nowNs());
    // Until an entry of its own term is applied here, a leader may lack what the one before has
    // promised: it would begin a lease with a rest that a renewal has taken back, and end it early.
    boolean settled = consensus.view().appliedTerm() == status.term();
    long leading = status.leaderId() == memberId && settled ? status.term() : 0;
    if (leading == term) {
      return;
    }
    if (term != 0) {
      resign(ServerError.LEADER_CHANGED);
    }
    term = leading;
    revoker.begin(leading);
    if (term != 0) {
      deltasLost.set(false);
      load(timing.electionTimeoutNs());
      prove();
    }
  }

  /** L4: an old leader's deadlines are infinite. */
  private void resign(EtcdError reason) {
    term = 0;
    loading = null;
    leases.clear();
    waiters.failAll(reason);
  }

  private void load(long extraNs) {
    View view = consensus.view();
    revoker.heard(view.appliedIndex());
    loading = view.leases().cursor();
    loadSome(loading, extraNs);
  }

  private void loadSome(TreeCursor<Lease> from, long extraNs) {
    if (loading != from) {
      return; // another term, or begun again
    }
    View view = consensus.view();
    for (int i = 0; i < timing.loadLeases(); i++) {
      if (!from.next()) {
        loading = null;
        return;
      }
      Lease lease = view.leases().get(from.value().id());
      // Only what is still there, and was not granted or renewed in the meantime.
      if (lease != null && leases.find(lease) < 0) {
        takeOver(lease, extraNs);
      }
    }
    loop.execute(() -> loadSome(from, extraNs));
  }

  private int takeOver(Lease lease, long extraNs) {
    long restNs = seconds(lease.effectiveSeconds()) + extraNs;
    int slot = leases.put(lease, loop.nowNs() + restNs);
    leases.set(slot, LeaseRevoker.CHECKPOINTED, lease.remainingSeconds() > 0);
    revoker.schedule(slot, extraNs);
    return slot;
  }

  private void onDeltas(List<LeaseDelta> turn) {
    LeaseTable table = consensus.view().leases();
    for (LeaseDelta delta : turn) {
      for (LeaseDelta.Change change : delta.changes()) {
        switch (change.kind()) {
          case GRANTED -> granted(table.get(change.leaseId()));
          case REVOKED -> revoked(change.leaseId(), table.get(change.leaseId()));
          case CHECKPOINTED -> {} // who proposed it knows
        }
      }
      revoker.heard(delta.appliedIndex());
    }
    replies.flush();
  }

  /** What the table has under a granted id now may be a later lease; its own word follows then. */
  private void granted(@Nullable Lease now) {
    if (term != 0 && now != null && leases.find(now) < 0) {
      takeOver(now, 0);
    }
  }

  private void revoked(long leaseId, @Nullable Lease now) {
    if (now == null || leases.find(now) < 0) {
      leases.remove(leaseId);
    }
    waiters.gone(leaseId);
  }

  private void onAsks(List<LeaseAsk> turn) {
    waiting.addAll(turn);
    while (waiting.size() > timing.maxWaiting()) {
      replies.fail(waiting.removeLast().reply(), ServerError.TOO_MANY_REQUESTS.exception());
    }
    replies.flush();
    prove();
  }

  /** One proof of leadership, asked after all these came, serves them all. */
  private void prove() {
    if (proving || term == 0 || waiting.isEmpty()) {
      return;
    }
    proving = true;
    ArrayDeque<LeaseAsk> served = waiting;
    long asked = term;
    waiting = new ArrayDeque<>();
    consensus
        .linearizable(loop, loop.nowNs() + timing.requestTimeoutNs())
        .onComplete(
            proof -> {
              proving = false;
              if (proof.failed()) {
                served.forEach(ask -> replies.fail(ask.reply(), proof.cause()));
              } else if (asked != term || consensus.status().term() != term) {
                waiting.addAll(served); // proven for a term that is over
              } else {
                clearCheckpoints(served);
              }
              replies.flush();
              prove();
            });
  }

  /**
   * A lease whose rest was replicated would begin a next term with that rest: before such a lease
   * is renewed the rest is taken back, or the renewal would be promised for longer than it holds
   * (P18).
   */
  private void clearCheckpoints(ArrayDeque<LeaseAsk> served) {
    List<Long> checkpointed = new ArrayList<>();
    for (LeaseAsk ask : served) {
      if (ask.kind() == LeaseAsk.Kind.RENEW) {
        for (long id : ask.ids()) {
          int slot = slot(id);
          if (slot >= 0 && leases.has(slot, LeaseRevoker.CHECKPOINTED)) {
            checkpointed.add(id);
          }
        }
      }
    }
    if (checkpointed.isEmpty()) {
      answer(served);
      return;
    }
    long proposedIn = term;
    revoker
        .clearCheckpoints(term, checkpointed)
        .onComplete(
            done -> {
              if (done.failed()) {
                served.forEach(ask -> replies.fail(ask.reply(), done.cause()));
              } else if (proposedIn != term) {
                waiting.addAll(served);
              } else {
                answer(served);
              }
              replies.flush();
              prove();
            });
  }

  private void answer(ArrayDeque<LeaseAsk> served) {
    for (LeaseAsk ask : served) {
      long[] answers = new long[ask.ids().length];
      for (int i = 0; i < answers.length; i++) {
        answers[i] = ask.kind() == LeaseAsk.Kind.RENEW ? renew(ask.ids()[i]) : rest(ask.ids()[i]);
      }
      replies.succeed(ask.reply(), answers);
    }
  }

  private long renew(long leaseId) {
    int slot = slot(leaseId);
    if (slot < 0) {
      return 0;
    }
    long nowNs = loop.nowNs();
    if (leases.has(slot, LeaseRevoker.REVOKING) || leases.deadlineNs(slot) - nowNs <= 0) {
      return EXPIRING;
    }
    leases.set(slot, LeaseRevoker.RENEWED, true);
    long ttl = leases.ttlSeconds(slot);
    long deadlineNs = nowNs + seconds(ttl);
    if (deadlineNs - leases.deadlineNs(slot) > 0) { // a new leader's grace may reach further
      leases.extend(slot, deadlineNs);
    }
    meter.renewed.increment();
    return ttl;
  }

  private long rest(long leaseId) {
    int slot = slot(leaseId);
    return slot < 0 ? UNKNOWN : leases.deadlineNs(slot) - loop.nowNs();
  }

  /**
   * The slot of a lease that exists. One that the loop has not heard of yet is taken over: the view
   * is ahead of the deltas, and those may be lost. So its id alone does not tell it from another
   * that had the id before.
   */
  private int slot(long leaseId) {
    Lease lease = consensus.view().leases().get(leaseId);
    if (lease == null) {
      return -1;
    }
    int slot = leases.find(lease);
    return slot >= 0 ? slot : takeOver(lease, loading == null ? 0 : timing.electionTimeoutNs());
  }

  private void expireAsks(long nowNs) {
    if (term != 0) {
      return; // consensus keeps the time of those under way
    }
    long leaderId = consensus.status().leaderId();
    boolean elsewhere = leaderId != 0 && leaderId != memberId; // who asks can ask there
    EtcdError reason =
        elsewhere
            ? ServerError.LEADER_CHANGED
            : leaderId == 0 ? ServerError.NO_LEADER : ServerError.TIMEOUT;
    Iterator<LeaseAsk> all = waiting.iterator();
    while (all.hasNext()) {
      LeaseAsk ask = all.next();
      if (elsewhere || nowNs - ask.deadlineNs() >= 0) {
        all.remove();
        replies.fail(ask.reply(), reason.exception());
      }
    }
  }

  private static long seconds(long count) {
    Check.that(count > 0, "a TTL is positive", count);
    return TimeUnit.SECONDS.toNanos(count); // the longest TTL, 9e9 s, saturates
  }
}
