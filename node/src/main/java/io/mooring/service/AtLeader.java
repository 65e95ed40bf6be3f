package io.mooring.service;

import io.mooring.error.ClusterError;
import io.mooring.error.EtcdError;
import io.mooring.error.EtcdException;
import io.mooring.error.ServerError;
import io.mooring.loop.Loop;
import io.mooring.raft.Consensus;
import io.vertx.core.AsyncResult;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/**
 * Brings a question to whoever leads, this member or another, and asks again when leadership moves
 * meanwhile or the leader cannot be heard. As in etcd that ends with "no leader" when there is none
 * for all that time, and with "request timed out" when there is one. Any loop.
 */
public final class AtLeader {

  private static final long PAUSE_NS = TimeUnit.MILLISECONDS.toNanos(50);

  private final Consensus consensus;
  private final long memberId;
  private final long electionTimeoutNs;

  /**
   * Creates one.
   *
   * @param memberId this member
   */
  public AtLeader(Consensus consensus, long memberId, long electionTimeoutNs) {
    this.consensus = consensus;
    this.memberId = memberId;
    this.electionTimeoutNs = electionTimeoutNs;
  }

  /** etcd's limit for what a leader has to answer: 5 s and two election timeouts. */
  private long limitNs() {
    return TimeUnit.SECONDS.toNanos(5) + 2 * electionTimeoutNs;
  }

  /** Asks another member. */
  @FunctionalInterface
  interface There<T> {
    /**
     * Asks once.
     *
     * @param timeoutNs after which this attempt has failed
     */
    Future<T> ask(long leaderId, long timeoutNs);
  }

  /** Whether this member leads, as far as it knows. */
  boolean isHere() {
    return consensus.status().leaderId() == memberId;
  }

  /**
   * Asks until it is answered.
   *
   * @param loop the caller's
   * @param deadlineNs of the caller, on its loop's clock
   * @param here how this member answers while it leads
   * @param there how to ask another; may be asked twice, so what it does must not add up
   */
  <T> Future<T> ask(Loop loop, long deadlineNs, Supplier<Future<T>> here, There<T> there) {
    return ask(loop, deadlineNs, here, there, false);
  }

  /**
   * The same, but while this member leads its caller hears "leader changed" when it is demoted
   * before it has answered, as from etcd's LeaseTimeToLive.
   */
  <T> Future<T> askUnlessDemoted(
      Loop loop, long deadlineNs, Supplier<Future<T>> here, There<T> there) {
    return ask(loop, deadlineNs, here, there, true);
  }

  private <T> Future<T> ask(
      Loop loop, long deadlineNs, Supplier<Future<T>> here, There<T> there, boolean demotionEnds) {
    long limit = loop.nowNs() + limitNs();
    Promise<T> promise = loop.promise();
    attempt(new Question<>(loop, Math.min(deadlineNs, limit), here, there, demotionEnds, promise));
    return promise.future();
  }

  private record Question<T>(
      Loop loop,
      long deadlineNs,
      Supplier<Future<T>> here,
      There<T> there,
      boolean demotionEnds,
      Promise<T> promise) {}

  private <T> void attempt(Question<T> question) {
    long leaderId = consensus.status().leaderId();
    long leftNs = question.deadlineNs - question.loop.nowNs();
    if (leftNs <= 0) {
      ServerError late = leaderId == 0 ? ServerError.NO_LEADER : ServerError.TIMEOUT;
      question.promise.fail(late.exception());
    } else if (leaderId == 0) {
      later(question);
    } else {
      // One that was paused, or cut off, must not cost all the time there is.
      long attemptNs = Math.min(leftNs, 2 * electionTimeoutNs);
      boolean isHere = leaderId == memberId;
      Future<T> asked = isHere ? question.here.get() : question.there.ask(leaderId, attemptNs);
      boolean demotionEnds = isHere && question.demotionEnds;
      asked.onComplete(answer -> settle(question, answer, demotionEnds));
    }
  }

  private <T> void settle(Question<T> question, AsyncResult<T> answer, boolean demotionEnds) {
    if (answer.succeeded()) {
      question.promise.complete(answer.result());
    } else if (isFinal(answer.cause()) || (demotionEnds && isDemotion(answer.cause()))) {
      question.promise.fail(answer.cause());
    } else {
      later(question);
    }
  }

  private <T> void later(Question<T> question) {
    question.loop.timer(PAUSE_NS, () -> attempt(question));
  }

  private static boolean isDemotion(Throwable cause) {
    return cause instanceof EtcdException refusal && refusal.error() == ServerError.LEADER_CHANGED;
  }

  private static boolean isFinal(Throwable cause) {
    if (!(cause instanceof EtcdException refusal)) {
      return false;
    }
    EtcdError error = refusal.error();
    return error != ServerError.LEADER_CHANGED
        && error != ServerError.NO_LEADER
        && error != ClusterError.NOT_LEADER;
  }
}
