package io.mooring.boot;

import io.mooring.api.etcdserverpb.MemberPromoteResponse;
import io.mooring.api.internalpb.ClusterDescription;
import io.mooring.api.internalpb.LeaderAnswer;
import io.mooring.api.internalpb.LeaderAsk;
import io.mooring.duty.LeaseExpiry;
import io.mooring.error.ClusterError;
import io.mooring.error.EtcdError;
import io.mooring.error.EtcdException;
import io.mooring.loop.Loop;
import io.mooring.machine.View;
import io.mooring.peer.PeerAnswers;
import io.mooring.raft.Consensus;
import io.mooring.service.CallContext;
import io.mooring.service.ClusterService;
import io.mooring.service.MemberInfo;
import io.vertx.core.Future;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Answers other members: whom this one takes for its cluster, from the start; and what only a
 * leader knows, as soon as this member serves. On the peer loop.
 */
final class LeaderDesk implements PeerAnswers {

  private final Loop loop;
  private final MemberInfo member;
  private final Supplier<View> view;

  /** Null until this member serves. */
  private volatile @Nullable Open open;

  private record Open(Consensus consensus, LeaseExpiry expiry, ClusterService cluster) {}

  /**
   * Creates it.
   *
   * @param loop the peer loop
   */
  LeaderDesk(Loop loop, MemberInfo member, Supplier<View> view) {
    this.loop = loop;
    this.member = member;
    this.view = view;
  }

  /** From now on questions to a leader are answered. Any thread. */
  void open(Consensus consensus, LeaseExpiry expiry, ClusterService cluster) {
    open = new Open(consensus, expiry, cluster);
  }

  @Override
  public ClusterDescription describe() {
    View now = view.get();
    return ClusterDescription.newBuilder()
        .setClusterId(member.clusterId())
        .setAppliedIndex(now.appliedIndex())
        .addAllMembers(now.members().list())
        .build();
  }

  @Override
  public Future<LeaderAnswer> answer(LeaderAsk ask, long deadlineNs) {
    Open desk = open;
    boolean leads = desk != null && desk.consensus.status().leaderId() == member.memberId();
    if (desk == null || !leads) {
      return Future.succeededFuture(refusal(ClusterError.NOT_LEADER));
    }
    return answer(desk, ask, deadlineNs)
        .recover(
            cause ->
                cause instanceof EtcdException refused
                    ? Future.succeededFuture(refusal(refused.error()))
                    : Future.failedFuture(cause));
  }

  private Future<LeaderAnswer> answer(Open desk, LeaderAsk ask, long deadlineNs) {
    return switch (ask.getBodyCase()) {
      case RENEW_LEASES -> {
        long[] ids =
            ask.getRenewLeases().getIdsList().stream().mapToLong(Long::longValue).toArray();
        yield desk.expiry.renew(loop, ids).map(LeaderDesk::renewed);
      }
      case REST_OF_LEASE ->
          desk.expiry.remainingNs(loop, ask.getRestOfLease().getId()).map(LeaderDesk::rest);
      case PROMOTE_LEARNER -> {
        String token = ask.getPromoteLearner().getToken();
        CallContext context =
            CallContext.arriving(loop, deadlineNs, token.isEmpty() ? null : token, false);
        yield desk.cluster
            .promoteHere(context, ask.getPromoteLearner().getRequest())
            .map(LeaderDesk::promoted);
      }
      case BODY_NOT_SET -> Future.succeededFuture(refusal(ClusterError.NOT_LEADER));
    };
  }

  private static LeaderAnswer renewed(long[] ttls) {
    LeaderAnswer.Renewed.Builder renewed = LeaderAnswer.Renewed.newBuilder();
    for (long ttl : ttls) {
      renewed.addTtlSeconds(ttl);
    }
    return LeaderAnswer.newBuilder().setRenewed(renewed).build();
  }

  private static LeaderAnswer rest(long remainingNs) {
    return LeaderAnswer.newBuilder()
        .setRest(LeaderAnswer.Rest.newBuilder().setRemainingNs(remainingNs))
        .build();
  }

  private static LeaderAnswer promoted(MemberPromoteResponse response) {
    return LeaderAnswer.newBuilder().setPromoted(response).build();
  }

  private static LeaderAnswer refusal(EtcdError error) {
    return LeaderAnswer.newBuilder()
        .setRefusal(
            LeaderAnswer.Refusal.newBuilder().setCode(error.code().number()).setText(error.text()))
        .build();
  }
}
