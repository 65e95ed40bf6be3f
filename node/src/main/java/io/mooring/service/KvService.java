package io.mooring.service;

import io.mooring.api.etcdserverpb.CompactionRequest;
import io.mooring.api.etcdserverpb.DeleteRangeRequest;
import io.mooring.api.etcdserverpb.PutRequest;
import io.mooring.api.etcdserverpb.RangeRequest;
import io.mooring.api.etcdserverpb.TxnRequest;
import io.mooring.api.internalpb.Command;
import io.mooring.error.EtcdError;
import io.mooring.machine.View;
import io.mooring.machine.auth.Authorizer;
import io.mooring.machine.mvcc.RangeQuery;
import io.mooring.machine.mvcc.TxnShape;
import io.mooring.machine.mvcc.Validation;
import io.mooring.raft.Consensus;
import io.mooring.read.RangeAnswer;
import io.mooring.read.RangeReader;
import io.mooring.read.StreamedRange;
import io.vertx.core.AsyncResult;
import io.vertx.core.Future;

/**
 * etcd's KV service. Writes go through consensus; reads take a view as fresh as they ask for, and
 * are answered from it. One for each client loop.
 */
public final class KvService {

  private final Consensus consensus;
  private final Proposer proposer;
  private final QuotaGuard quota;
  private final RangeReader reader;
  private final ServiceLimits limits;
  private final ServiceStats stats;

  /** Creates the service of a loop. */
  public KvService(
      Consensus consensus,
      Proposer proposer,
      QuotaGuard quota,
      RangeReader reader,
      ServiceLimits limits,
      ServiceStats stats) {
    this.consensus = consensus;
    this.proposer = proposer;
    this.quota = quota;
    this.reader = reader;
    this.limits = limits;
    this.stats = stats;
  }

  /** KV.Put. */
  public Future<Payload> put(CallContext context, PutRequest request) {
    EtcdError refusal = quota.check(context, request);
    if (refusal == null) {
      refusal = Validation.put(request);
    }
    return refusal == null
        ? proposer.propose(context, Command.newBuilder().setPut(request))
        : Future.failedFuture(refusal.exception());
  }

  /** KV.DeleteRange. */
  public Future<Payload> deleteRange(CallContext context, DeleteRangeRequest request) {
    EtcdError refusal = Validation.deleteRange(request);
    return refusal == null
        ? write(context, Command.newBuilder().setDeleteRange(request))
        : Future.failedFuture(refusal.exception());
  }

  /** KV.Compact. */
  public Future<Payload> compact(CallContext context, CompactionRequest request) {
    return proposer.propose(context, Command.newBuilder().setCompaction(request));
  }

  /** KV.Txn. One that only reads takes the way of a read. */
  public Future<Payload> txn(CallContext context, TxnRequest request) {
    EtcdError refusal = quota.check(context, request);
    if (refusal == null) {
      refusal = Validation.txn(request, limits.maxTxnOps());
    }
    if (refusal != null) {
      return Future.failedFuture(refusal.exception());
    }
    stats.txns.increment();
    if (!TxnShape.readOnly(request)) {
      return write(context, Command.newBuilder().setTxn(request));
    }
    long beganNs = context.loop().nowNs();
    return view(context, TxnShape.serializable(request))
        .compose(
            view -> {
              EtcdError denied = Authorizer.check(view.auth(), context.caller(), request);
              return denied == null
                  ? reader.read(request, view)
                  : Future.failedFuture(denied.exception());
            })
        .transform(
            answer -> {
              stats.readOnlyTxns.record(answer.succeeded(), context.loop().nowNs() - beganNs);
              return payload(answer);
            });
  }

  /** A write whose reply may lack what is read after it. */
  private Future<Payload> write(CallContext context, Command.Builder command) {
    return proposer
        .outcome(context, command)
        .compose(
            outcome ->
                outcome.late() == null
                    ? Future.succeededFuture(proposer.reply(outcome))
                    : reader.finish(outcome).map(KvService::payload));
  }

  /** KV.Range. */
  public Future<Payload> range(CallContext context, RangeRequest request) {
    EtcdError refusal = Validation.range(request);
    if (refusal != null) {
      return Future.failedFuture(refusal.exception());
    }
    stats.ranges.increment();
    long beganNs = context.loop().nowNs();
    return view(context, request.getSerializable())
        .compose(
            view -> range(context, request, view, beganNs),
            noView -> {
              stats.rangeRequests.record(false, context.loop().nowNs() - beganNs);
              return Future.failedFuture(noView);
            });
  }

  private Future<Payload> range(
      CallContext context, RangeRequest request, View view, long beganNs) {
    EtcdError denied = Authorizer.check(view.auth(), context.caller(), request);
    if (denied != null) {
      return Future.failedFuture(denied.exception());
    }
    long readNs = context.loop().nowNs();
    return reader
        .read(RangeQuery.of(request), request.getRevision(), view)
        .transform(
            answer -> {
              long nowNs = context.loop().nowNs();
              stats.scans.record(answer.succeeded(), nowNs - readNs);
              stats.rangeRequests.record(answer.succeeded(), nowNs - beganNs);
              return payload(answer);
            });
  }

  /** KV.RangeStream. */
  public void rangeStream(CallContext context, RangeRequest request, ReplyStream replies) {
    EtcdError refusal = Validation.rangeStream(request);
    if (refusal != null) {
      replies.fail(refusal);
      return;
    }
    stats.ranges.increment();
    view(context, request.getSerializable())
        .compose(
            view -> {
              EtcdError denied = Authorizer.check(view.auth(), context.caller(), request);
              return denied == null
                  ? reader.stream(
                      RangeQuery.of(request), request.getRevision(), view, limits.maxRequestBytes())
                  : Future.failedFuture(denied.exception());
            })
        .onSuccess(
            range -> {
              replies.onClose(range::close);
              sendNext(range, replies);
            })
        .onFailure(replies::fail);
  }

  /** One chunk at a time, and none while the client does not keep up. */
  private void sendNext(StreamedRange range, ReplyStream replies) {
    reader
        .next(range)
        .onSuccess(
            chunk -> {
              replies.send(Payload.of(chunk.bytes(), chunk.release()));
              if (chunk.last()) {
                replies.end();
              } else if (replies.full()) {
                replies.onDrain(
                    () -> {
                      replies.onDrain(() -> {});
                      sendNext(range, replies);
                    });
              } else if (!replies.isClosed()) {
                sendNext(range, replies);
              }
            })
        .onFailure(replies::fail);
  }

  private Future<View> view(CallContext context, boolean serializable) {
    return serializable
        ? Future.succeededFuture(consensus.view())
        : consensus.linearizable(context.loop(), context.deadlineNs());
  }

  private static Future<Payload> payload(AsyncResult<RangeAnswer> answer) {
    return answer.succeeded()
        ? Future.succeededFuture(payload(answer.result()))
        : Future.failedFuture(answer.cause());
  }

  private static Payload payload(RangeAnswer answer) {
    return answer.holds()
        ? Payload.of(answer.bytes(), answer::release)
        : Payload.of(answer.bytes());
  }
}
