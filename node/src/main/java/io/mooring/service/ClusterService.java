package io.mooring.service;

import io.mooring.api.etcdserverpb.MemberListRequest;
import io.mooring.api.etcdserverpb.MemberListResponse;
import io.mooring.error.EtcdError;
import io.mooring.machine.View;
import io.mooring.machine.auth.Access;
import io.mooring.machine.auth.Authorizer;
import io.mooring.raft.Consensus;
import io.vertx.core.Future;

/** etcd's Cluster service, as far as it is served. One for each client loop. */
public final class ClusterService {

  private final Consensus consensus;
  private final Proposer proposer;

  /** Creates the service of a loop. */
  public ClusterService(Consensus consensus, Proposer proposer) {
    this.consensus = consensus;
    this.proposer = proposer;
  }

  /** Cluster.MemberList, by ascending unsigned id. */
  public Future<Payload> memberList(CallContext context, MemberListRequest request) {
    return (request.getLinearizable()
            ? consensus.linearizable(context.loop(), context.deadlineNs())
            : Future.succeededFuture(consensus.view()))
        .compose(view -> memberList(context, view));
  }

  private Future<Payload> memberList(CallContext context, View view) {
    EtcdError refusal =
        Authorizer.check(view.auth(), context.caller(), Access.need(Access.Need.USER));
    if (refusal != null) {
      return Future.failedFuture(refusal.exception());
    }
    MemberListResponse response =
        MemberListResponse.newBuilder().addAllMembers(view.members().list()).build();
    // etcd leaves the revision unset in answers about members.
    return Future.succeededFuture(proposer.reply(response, 0));
  }
}
