package io.mooring.service;

import com.google.protobuf.ByteString;
import com.google.protobuf.MessageLite;
import io.mooring.api.etcdserverpb.LeaseGrantRequest;
import io.mooring.api.etcdserverpb.LeaseKeepAliveRequest;
import io.mooring.api.etcdserverpb.LeaseKeepAliveResponse;
import io.mooring.api.etcdserverpb.LeaseLeasesRequest;
import io.mooring.api.etcdserverpb.LeaseLeasesResponse;
import io.mooring.api.etcdserverpb.LeaseRevokeRequest;
import io.mooring.api.etcdserverpb.LeaseStatus;
import io.mooring.api.etcdserverpb.LeaseTimeToLiveRequest;
import io.mooring.api.etcdserverpb.LeaseTimeToLiveResponse;
import io.mooring.api.internalpb.Command;
import io.mooring.duty.LeaseExpiry;
import io.mooring.error.EtcdError;
import io.mooring.error.EtcdException;
import io.mooring.error.LeaseError;
import io.mooring.loop.Loop;
import io.mooring.machine.View;
import io.mooring.machine.auth.Access;
import io.mooring.machine.auth.Authorizer;
import io.mooring.machine.lease.Lease;
import io.mooring.machine.mvcc.Validation;
import io.mooring.raft.Consensus;
import io.mooring.read.LeaseReader;
import io.vertx.core.Future;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;

/**
 * etcd's Lease service. Grants and revokes go through consensus; renewals and questions about time
 * go to the duty loop, which alone keeps it. One for each client loop.
 */
public final class LeaseService {

  /** Requests of one stream that may wait for their answer. */
  private static final int MAX_WAITING = 1024;

  private final Consensus consensus;
  private final Proposer proposer;
  private final QuotaGuard quota;
  private final LeaseClock clock;
  private final LeaseReader reader;
  private final KeepAliveBatcher batcher;
  private final long minTtlSeconds;
  private final Random random;

  /**
   * Creates the service of a loop.
   *
   * @param minTtlSeconds what shorter TTLs are raised to
   * @param seed of the ids that the server picks; unpredictable
   */
  public LeaseService(
      Loop loop,
      Consensus consensus,
      Proposer proposer,
      QuotaGuard quota,
      LeaseClock clock,
      LeaseReader reader,
      long minTtlSeconds,
      long seed) {
    this.consensus = consensus;
    this.proposer = proposer;
    this.quota = quota;
    this.clock = clock;
    this.reader = reader;
    this.batcher = new KeepAliveBatcher(loop, clock);
    this.minTtlSeconds = minTtlSeconds;
    this.random = new Random(seed);
  }

  /** etcd's minimum: one and a half election timeouts, in whole seconds, rounded up. */
  public static long minTtlSeconds(long electionTimeoutMs) {
    return (electionTimeoutMs * 3 + 1999) / 2000;
  }

  /** Lease.LeaseGrant. */
  public Future<Payload> grant(CallContext context, LeaseGrantRequest request) {
    EtcdError refusal = quota.check(context, QuotaGuard.LEASE_BYTES);
    if (refusal == null) {
      refusal = Validation.leaseGrant(request);
    }
    if (refusal != null) {
      return Future.failedFuture(refusal.exception());
    }
    LeaseGrantRequest.Builder settled =
        request.toBuilder().setTTL(Math.max(request.getTTL(), minTtlSeconds));
    if (request.getID() != 0) {
      return propose(context, settled);
    }
    return propose(context, settled.setID(pickId()))
        .recover(
            cause ->
                cause instanceof EtcdException refused && refused.error() == LeaseError.EXISTS
                    ? propose(context, settled.setID(pickId())) // somebody else was as lucky
                    : Future.failedFuture(cause));
  }

  private Future<Payload> propose(CallContext context, LeaseGrantRequest.Builder settled) {
    return proposer.propose(context, Command.newBuilder().setLeaseGrant(settled));
  }

  private long pickId() {
    long id;
    do {
      id = random.nextLong() & Long.MAX_VALUE;
    } while (id == 0 || consensus.view().leases().contains(id));
    return id;
  }

  /** Lease.LeaseRevoke. */
  public Future<Payload> revoke(CallContext context, LeaseRevokeRequest request) {
    return proposer.propose(context, Command.newBuilder().setLeaseRevoke(request));
  }

  /** Lease.LeaseTimeToLive. */
  public Future<Payload> timeToLive(CallContext context, LeaseTimeToLiveRequest request) {
    long id = request.getID();
    return clock
        .remainingNs(context.loop(), context.deadlineNs(), id)
        .compose(
            remainingNs ->
                viewFor(context).compose(view -> timeToLive(context, request, remainingNs, view)));
  }

  /** The leader that spoke of a lease may have applied more than this member. */
  private Future<View> viewFor(CallContext context) {
    return clock.isHere()
        ? Future.succeededFuture(consensus.view())
        : consensus.linearizable(context.loop(), context.deadlineNs());
  }

  private Future<Payload> timeToLive(
      CallContext context, LeaseTimeToLiveRequest request, long remainingNs, View view) {
    long id = request.getID();
    Lease lease = view.leases().get(id);
    LeaseTimeToLiveResponse.Builder response = LeaseTimeToLiveResponse.newBuilder().setID(id);
    if (lease == null || remainingNs == LeaseExpiry.UNKNOWN) {
      return answer(response.setTTL(-1).build(), view);
    }
    response.setTTL(TimeUnit.NANOSECONDS.toSeconds(remainingNs)).setGrantedTTL(lease.ttlSeconds());
    if (!request.getKeys()) {
      return answer(response.build(), view);
    }
    EtcdError refusal =
        Authorizer.check(view.auth(), context.caller(), Access.readingKeysOf(List.of(id)));
    if (refusal != null) {
      return Future.failedFuture(refusal.exception());
    }
    return reader
        .keys(view, id)
        .compose(
            keys -> {
              keys.forEach(key -> response.addKeys(ByteString.copyFrom(key)));
              return answer(response.build(), view);
            });
  }

  private Future<Payload> answer(MessageLite response, View view) {
    return Future.succeededFuture(proposer.reply(response, view.revision()));
  }

  /** Lease.LeaseLeases: what this member knows. */
  public Future<Payload> leases(CallContext context, LeaseLeasesRequest request) {
    View view = consensus.view();
    EtcdError refusal =
        Authorizer.check(view.auth(), context.caller(), Access.need(Access.Need.USER));
    if (refusal != null) {
      return Future.failedFuture(refusal.exception());
    }
    return reader
        .ids(view)
        .map(
            ids -> {
              LeaseLeasesResponse.Builder response = LeaseLeasesResponse.newBuilder();
              for (long id : ids) {
                response.addLeases(LeaseStatus.newBuilder().setID(id));
              }
              return proposer.reply(response.build(), view.revision());
            });
  }

  /** Lease.LeaseKeepAlive. */
  public RequestHandler<LeaseKeepAliveRequest> keepAlive(CallContext context, ReplyStream replies) {
    return new KeepAlive(context, replies);
  }

  /** One stream; answers leave in the order of the requests. */
  private final class KeepAlive implements RequestHandler<LeaseKeepAliveRequest> {

    private final CallContext context;
    private final ReplyStream replies;
    private final ArrayDeque<Waiting> waiting = new ArrayDeque<>();
    private boolean paused;
    private boolean halfClosed;

    KeepAlive(CallContext context, ReplyStream replies) {
      this.context = context;
      this.replies = replies;
      replies.onDrain(this::flow);
      LeaderLooks.begin(context, replies, consensus, clock.electionTimeoutNs());
    }

    @Override
    public void onRequest(LeaseKeepAliveRequest request) {
      View view = consensus.view();
      EtcdError refusal =
          Authorizer.check(view.auth(), context.caller(), Access.writingKeysOf(request.getID()));
      if (refusal != null) {
        replies.fail(refusal);
        return;
      }
      Waiting entry = new Waiting(request.getID(), view.revision());
      waiting.add(entry);
      batcher
          .renew(request.getID())
          .onSuccess(
              ttl -> {
                entry.ttlSeconds = ttl;
                send();
              })
          .onFailure(replies::fail);
      flow();
    }

    @Override
    public void onHalfClose() {
      halfClosed = true;
      send();
    }

    private void send() {
      while (!waiting.isEmpty() && waiting.peek().ttlSeconds >= 0) {
        Waiting first = waiting.remove();
        LeaseKeepAliveResponse response =
            LeaseKeepAliveResponse.newBuilder().setID(first.id).setTTL(first.ttlSeconds).build();
        replies.send(proposer.reply(response, first.revision));
      }
      if (halfClosed && waiting.isEmpty()) {
        replies.end();
      } else {
        flow();
      }
    }

    /** A client that only asks, or whose answers wait, is not read on. */
    private void flow() {
      boolean tooMuch = waiting.size() >= MAX_WAITING || replies.full();
      if (tooMuch != paused && !replies.isClosed()) {
        paused = tooMuch;
        if (tooMuch) {
          replies.pauseRequests();
        } else {
          replies.resumeRequests();
        }
      }
    }
  }

  /** A request that waits for its answer, or for those before it. */
  private static final class Waiting {
    private final long id;
    private final long revision;
    private long ttlSeconds = -1;

    Waiting(long id, long revision) {
      this.id = id;
      this.revision = revision;
    }
  }
}
