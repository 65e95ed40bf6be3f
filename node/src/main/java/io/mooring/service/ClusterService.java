package io.mooring.service;

import io.mooring.api.etcdserverpb.MemberAddRequest;
import io.mooring.api.etcdserverpb.MemberListRequest;
import io.mooring.api.etcdserverpb.MemberListResponse;
import io.mooring.api.etcdserverpb.MemberPromoteRequest;
import io.mooring.api.etcdserverpb.MemberPromoteResponse;
import io.mooring.api.etcdserverpb.MemberRemoveRequest;
import io.mooring.api.etcdserverpb.MemberUpdateRequest;
import io.mooring.api.internalpb.AddMember;
import io.mooring.api.internalpb.Command;
import io.mooring.api.internalpb.PromoteMember;
import io.mooring.api.internalpb.RemoveMember;
import io.mooring.api.internalpb.UpdateMember;
import io.mooring.base.Check;
import io.mooring.error.ClusterError;
import io.mooring.error.EtcdError;
import io.mooring.machine.View;
import io.mooring.machine.auth.Access;
import io.mooring.machine.auth.Authorizer;
import io.mooring.machine.cluster.MemberIds;
import io.mooring.raft.Consensus;
import io.mooring.raft.MemberLinks;
import io.vertx.core.Future;
import java.util.List;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * etcd's Cluster service. One for each client loop. What may change depends on who is up, which
 * only this member can judge, before it proposes; what is possible at all is judged once more at
 * apply, where all members see the same.
 */
public final class ClusterService {

  /** A learner may be promoted when it holds at least this part of what its leader holds. */
  private static final double READY_PART = 0.9;

  private final Consensus consensus;
  private final Proposer proposer;
  private final MemberInfo member;
  private final Settings settings;
  private final MemberLinks links;
  private final AtLeader atLeader;
  private final LeaderCalls leader;
  private final ServiceStats stats;
  private final ReconfigCheck check;
  private final LongSupplier unixSeconds;

  /**
   * Rules for changes.
   *
   * @param strictReconfigCheck refuse what may cost the quorum
   * @param maxLearners members that may wait to be promoted
   */
  public record Settings(boolean strictReconfigCheck, int maxLearners) {

    /** etcd's defaults. */
    public static final Settings DEFAULT = new Settings(true, 1);
  }

  /**
   * Creates the service of a loop.
   *
   * @param unixSeconds the wall clock, which enters the ids of members that are added
   */
  public ClusterService(
      Consensus consensus,
      Proposer proposer,
      MemberInfo member,
      Settings settings,
      MemberLinks links,
      AtLeader atLeader,
      LeaderCalls leader,
      ServiceStats stats,
      LongSupplier unixSeconds) {
    this.consensus = consensus;
    this.proposer = proposer;
    this.member = member;
    this.settings = settings;
    this.links = links;
    this.atLeader = atLeader;
    this.leader = leader;
    this.stats = stats;
    this.check = new ReconfigCheck(settings.strictReconfigCheck(), member.memberId(), links);
    this.unixSeconds = unixSeconds;
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

  /** Cluster.MemberAdd, of a voter or a learner. */
  public Future<Payload> memberAdd(CallContext context, MemberAddRequest request) {
    List<String> urls = PeerUrlRules.sorted(request.getPeerURLsList());
    View view = consensus.view();
    EtcdError refusal = urls == null ? ClusterError.BAD_MEMBER_URLS : denied(context, view);
    if (refusal == null) {
      refusal = check.add(view.members(), request.getIsLearner());
    }
    if (refusal != null) {
      return Future.failedFuture(refusal.exception());
    }
    List<String> peerUrls = Check.present(urls, "peer URLs");
    AddMember add =
        AddMember.newBuilder()
            .setId(unusedId(view, peerUrls))
            .addAllPeerUrls(peerUrls)
            .setLearner(request.getIsLearner())
            .setMaxLearners(settings.maxLearners())
            .build();
    return propose(context, Command.newBuilder().setAddMember(add));
  }

  /** etcd's id, but that whoever comes back within the second in which it left gets another. */
  private long unusedId(View view, List<String> peerUrls) {
    long second = unixSeconds.getAsLong();
    long id = MemberIds.member(peerUrls, Long.toString(second));
    while (view.members().wasRemoved(id)) {
      id = MemberIds.member(peerUrls, Long.toString(++second));
    }
    return id;
  }

  /** Cluster.MemberRemove. */
  public Future<Payload> memberRemove(CallContext context, MemberRemoveRequest request) {
    View view = consensus.view();
    EtcdError refusal = denied(context, view);
    if (refusal == null) {
      refusal = check.remove(view.members(), request.getID());
    }
    if (refusal != null) {
      return Future.failedFuture(refusal.exception());
    }
    RemoveMember remove = RemoveMember.newBuilder().setId(request.getID()).build();
    return propose(context, Command.newBuilder().setRemoveMember(remove));
  }

  /** Cluster.MemberUpdate. As in etcd, any text passes for a peer URL. */
  public Future<Payload> memberUpdate(CallContext context, MemberUpdateRequest request) {
    EtcdError refusal = denied(context, consensus.view());
    if (refusal != null) {
      return Future.failedFuture(refusal.exception());
    }
    UpdateMember update =
        UpdateMember.newBuilder()
            .setId(request.getID())
            .addAllPeerUrls(request.getPeerURLsList())
            .build();
    return propose(context, Command.newBuilder().setUpdateMember(update));
  }

  /** Cluster.MemberPromote: only a leader knows how far a learner is, so it is asked. */
  public Future<Payload> memberPromote(CallContext context, MemberPromoteRequest request) {
    return atLeader
        .ask(
            context.loop(),
            context.deadlineNs(),
            () -> promoteHere(context, request),
            (leaderId, timeoutNs) -> leader.promote(context, leaderId, request, timeoutNs))
        .map(response -> proposer.reply(response, 0));
  }

  /** Promotes as the leader that this member is; one that asks for it may be another member. */
  public Future<MemberPromoteResponse> promoteHere(
      CallContext context, MemberPromoteRequest request) {
    return promoteAsLeader(context, request)
        .onComplete(done -> stats.promoted(done.succeeded() ? null : done.cause()));
  }

  private Future<MemberPromoteResponse> promoteAsLeader(
      CallContext context, MemberPromoteRequest request) {
    View view = consensus.view();
    EtcdError refusal = atLeader.isHere() ? denied(context, view) : ClusterError.NOT_LEADER;
    if (refusal == null) {
      refusal = notReady(request.getID());
    }
    if (refusal == null) {
      refusal = check.promote(view.members());
    }
    if (refusal != null) {
      return Future.failedFuture(refusal.exception());
    }
    PromoteMember promote = PromoteMember.newBuilder().setId(request.getID()).build();
    return proposer
        .outcome(context, Command.newBuilder().setPromoteMember(promote))
        .map(outcome -> (MemberPromoteResponse) Check.present(outcome.response(), "no response"));
  }

  private @Nullable EtcdError notReady(long id) {
    long match = id == member.memberId() ? consensus.status().lastIndex() : links.matchIndex(id);
    if (match == MemberLinks.UNKNOWN) {
      return ClusterError.MEMBER_NOT_FOUND;
    }
    boolean ready = match >= consensus.status().lastIndex() * READY_PART;
    return ready ? null : ClusterError.LEARNER_NOT_READY;
  }

  private static @Nullable EtcdError denied(CallContext context, View view) {
    return Authorizer.check(view.auth(), context.caller(), Access.need(Access.Need.ROOT));
  }

  private Future<Payload> propose(CallContext context, Command.Builder command) {
    return proposer
        .outcome(context, command)
        .map(
            outcome ->
                proposer.reply(Check.present(outcome.response(), "outcome with neither form"), 0));
  }
}
