package io.mooring.service;

import com.google.protobuf.MessageLite;
import io.mooring.api.internalpb.Command;
import io.mooring.base.Check;
import io.mooring.base.WireBuffer;
import io.mooring.error.EtcdError;
import io.mooring.error.ServerError;
import io.mooring.machine.Outcome;
import io.mooring.machine.auth.Caller;
import io.mooring.raft.Consensus;
import io.mooring.read.HeaderWriter;
import io.mooring.read.ReplyBudget;
import io.vertx.core.AsyncResult;
import io.vertx.core.Future;

/**
 * The way of a write: size check, proposal, outcome, and the header on its reply. One for each
 * client loop.
 */
public final class Proposer {

  /**
   * etcd measures the entry with its own header, of 13 or 14 bytes as the request id has it; so the
   * same request is too large for both.
   */
  private static final int ETCD_HEADER_BYTES = 14;

  private final Consensus consensus;
  private final HeaderWriter headers;
  private final ServiceLimits limits;
  private final ServiceStats stats;
  private final ReplyBudget budget;

  /** Creates one. */
  public Proposer(
      Consensus consensus,
      HeaderWriter headers,
      ServiceLimits limits,
      ServiceStats stats,
      ReplyBudget budget) {
    this.consensus = consensus;
    this.headers = headers;
    this.limits = limits;
    this.stats = stats;
    this.budget = budget;
  }

  /** Proposes a command in the name of the caller, and answers with its response. */
  public Future<Payload> propose(CallContext context, Command.Builder command) {
    return outcome(context, command).map(this::reply);
  }

  /**
   * Proposes a command in the name of the caller.
   *
   * @return the outcome of a command that was applied; fails with its refusal
   */
  public Future<Outcome> outcome(CallContext context, Command.Builder command) {
    Caller caller = context.caller();
    if (caller != Caller.ANONYMOUS) {
      command.setUser(caller.user()).setAuthRevision(caller.authRevision());
    }
    Command built = command.build();
    if (built.getSerializedSize() + ETCD_HEADER_BYTES > limits.maxRequestBytes()) {
      // As in etcd a backlog is heard of first; what is of the right size meets it behind here.
      return Future.failedFuture(
          consensus.backlogged()
              ? ServerError.TOO_MANY_REQUESTS.exception()
              : ServerError.REQUEST_TOO_LARGE.exception());
    }
    if (budget.exhausted() && mayAnswerMuch(built)) {
      return Future.failedFuture(ReplyBudget.REFUSAL.exception());
    }
    stats.proposalsBegun.increment();
    long beganNs = context.loop().nowNs();
    return consensus
        .propose(context.loop(), built, context.deadlineNs())
        .transform(
            result -> {
              boolean success = result.succeeded() && result.result().refusal() == null;
              long tookNs = context.loop().nowNs() - beganNs;
              stats.writes(built.getBodyCase()).record(success, tookNs);
              return judge(result);
            });
  }

  private Future<Outcome> judge(AsyncResult<Outcome> result) {
    stats.proposalsEnded.increment();
    Outcome outcome = result.result();
    if (outcome == null) {
      stats.proposalsFailed.increment();
      return Future.failedFuture(result.cause());
    }
    EtcdError refusal = outcome.refusal();
    return refusal == null
        ? Future.succeededFuture(outcome)
        : Future.failedFuture(refusal.exception());
  }

  /** The reply to an outcome without a refusal. */
  public Payload reply(Outcome outcome) {
    MessageLite response = Check.present(outcome.response(), "outcome with neither form");
    return reply(response, outcome.revision());
  }

  /** A response behind a header. */
  public Payload reply(MessageLite response, long revision) {
    WireBuffer bytes = headers.encode(response, revision, consensus.status().term());
    int size = bytes.size();
    if (size <= ReplyBudget.FREE_BYTES) {
      return Payload.of(bytes);
    }
    budget.reserve(size);
    return Payload.of(bytes, () -> budget.release(size));
  }

  /** What shows values. All else is answered in a few bytes, and must go on (P22). */
  private static boolean mayAnswerMuch(Command command) {
    return command.hasTxn() || command.getPut().getPrevKv() || command.getDeleteRange().getPrevKv();
  }
}
