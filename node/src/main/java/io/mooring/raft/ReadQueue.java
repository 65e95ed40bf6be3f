package io.mooring.raft;

import io.mooring.error.ServerError;
import io.mooring.loop.Reply;
import io.mooring.loop.ReplyBatch;
import io.mooring.machine.View;
import io.mooring.raft.core.Raft;
import io.mooring.raft.core.ReadState;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Linearizable reads that wait, on the raft loop. All that arrive before a round begins share it;
 * what arrives during a round waits for the next, because the round's proof may be older than they
 * are. A confirmed round resolves as soon as the machine has its index.
 */
final class ReadQueue {

  private final DriverConfig config;
  private final ReplyBatch replies;
  private final RaftMeter meter;

  /** After which a round that nobody has confirmed is asked for again; as in etcd. */
  private static final long RETRY_NS = 500_000_000;

  private List<Ask> waiting = new ArrayList<>();
  private @Nullable Round round;
  private final ArrayDeque<Confirmed> confirmed = new ArrayDeque<>();
  private long lastContext;

  /** Asks that have not been answered, wherever they wait. */
  private int unanswered;

  /**
   * One who asks.
   *
   * @param deadlineNs on the raft loop's clock
   * @param late what to answer when it has passed
   */
  record Ask(Reply<View> reply, long deadlineNs, ServerError late) {}

  private record Round(long context, long beganNs, List<Ask> asks) {}

  private record Confirmed(long index, List<Ask> asks) {}

  ReadQueue(DriverConfig config, ReplyBatch replies, RaftMeter meter) {
    this.config = config;
    // An answer to a read of an earlier life of this member must not pass for one to this life's.
    this.lastContext = config.processEpoch() & (Long.MAX_VALUE >> 1);
    this.replies = replies;
    this.meter = meter;
  }

  /** Takes a turn's asks. */
  void add(List<Ask> turn) {
    for (Ask ask : turn) {
      if (unanswered < config.maxWaiting()) {
        unanswered++;
        waiting.add(ask);
      } else {
        replies.fail(ask.reply(), ServerError.TOO_MANY_REQUESTS.exception());
      }
    }
  }

  /**
   * Begins a round if there is a need for one and none is under way. One whose messages seem to be
   * lost is asked for anew, under a context of its own (R13), with all that came since.
   */
  void begin(Raft raft, long nowNs) {
    Round late = round;
    if (late != null && nowNs - late.beganNs >= RETRY_NS) {
      late.asks.addAll(waiting);
      waiting = late.asks;
      round = null;
    }
    if (round == null && !waiting.isEmpty() && raft.readIndex(++lastContext) == null) {
      round = new Round(lastContext, nowNs, waiting);
      waiting = new ArrayList<>();
    }
  }

  /** Who asked the leader that was gets no answer from it, and must not get an older one (R13). */
  void leaderChanged() {
    Round lost = round;
    if (lost != null) {
      meter.failedRead();
      unanswered -= lost.asks.size();
      lost.asks.forEach(ask -> replies.fail(ask.reply, ServerError.LEADER_CHANGED.exception()));
      round = null;
    }
  }

  /** A round has been confirmed; one that is not the current one is too late for anybody. */
  void confirmed(ReadState read) {
    Round ended = round;
    if (ended != null && ended.context == read.context()) {
      confirmed.add(new Confirmed(read.index(), ended.asks));
      round = null;
    } else {
      meter.slowRead();
    }
  }

  /** Answers every round that a view is new enough for. */
  void resolve(View view) {
    for (Confirmed first = confirmed.peek();
        first != null && first.index <= view.appliedIndex();
        first = confirmed.peek()) {
      unanswered -= first.asks.size();
      for (Ask ask : confirmed.remove().asks) {
        replies.succeed(ask.reply, view);
      }
    }
  }

  /** Answers what has waited too long. */
  void expire(long nowNs) {
    boolean slow = expire(waiting, nowNs);
    if (round != null) {
      slow |= expire(round.asks, nowNs);
    }
    if (slow) {
      meter.slowRead();
    }
    for (Confirmed each : confirmed) {
      expire(each.asks, nowNs);
    }
  }

  /** Says whether one of them has waited for as long as the server allows. */
  private boolean expire(List<Ask> asks, long nowNs) {
    boolean slow = false;
    for (Ask ask : asks) {
      slow |= nowNs - ask.deadlineNs >= 0 && ask.late == ServerError.TIMEOUT;
    }
    asks.removeIf(
        ask -> {
          boolean late = nowNs - ask.deadlineNs >= 0;
          if (late) {
            unanswered--;
            replies.fail(ask.reply, ask.late.exception());
          }
          return late;
        });
    return slow;
  }

  boolean isEmpty() {
    return waiting.isEmpty() && round == null && confirmed.isEmpty();
  }

  /** Answers everybody that the member stops. */
  void stop() {
    stop(waiting);
    if (round != null) {
      stop(round.asks);
      round = null;
    }
    confirmed.forEach(each -> stop(each.asks));
    confirmed.clear();
  }

  private void stop(List<Ask> asks) {
    unanswered -= asks.size();
    asks.forEach(ask -> replies.fail(ask.reply, ServerError.STOPPED.exception()));
    asks.clear();
  }
}
