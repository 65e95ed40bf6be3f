package io.mooring.service;

import io.mooring.api.etcdserverpb.AlarmMember;
import io.mooring.api.etcdserverpb.AlarmRequest;
import io.mooring.api.etcdserverpb.AlarmType;
import io.mooring.api.etcdserverpb.DowngradeInfo;
import io.mooring.api.etcdserverpb.MoveLeaderRequest;
import io.mooring.api.etcdserverpb.MoveLeaderResponse;
import io.mooring.api.etcdserverpb.StatusRequest;
import io.mooring.api.etcdserverpb.StatusResponse;
import io.mooring.api.internalpb.Command;
import io.mooring.error.ClusterError;
import io.mooring.error.EtcdError;
import io.mooring.error.ServerError;
import io.mooring.machine.View;
import io.mooring.machine.auth.Access;
import io.mooring.machine.auth.Authorizer;
import io.mooring.raft.Consensus;
import io.mooring.raft.Leadership;
import io.mooring.raft.RaftStatus;
import io.mooring.read.StoreFigures;
import io.vertx.core.Future;

/** etcd's Maintenance service, as far as it is served. One for each client loop. */
public final class MaintenanceService {

  /** What Status shows as the quota when there is none: etcd's default. */
  private static final long SHOWN_DEFAULT_QUOTA_BYTES = 2_147_483_648L;

  private final Consensus consensus;
  private final Proposer proposer;
  private final MemberInfo member;
  private final ServiceLimits limits;
  private final Leadership leadership;

  /** Creates the service of a loop. */
  public MaintenanceService(
      Consensus consensus,
      Proposer proposer,
      MemberInfo member,
      ServiceLimits limits,
      Leadership leadership) {
    this.leadership = leadership;
    this.consensus = consensus;
    this.proposer = proposer;
    this.member = member;
    this.limits = limits;
  }

  /** Maintenance.Status: of this member, from its own state. */
  public Future<Payload> status(CallContext context, StatusRequest request) {
    View view = consensus.view();
    EtcdError refusal =
        Authorizer.check(view.auth(), context.caller(), Access.need(Access.Need.USER));
    if (refusal != null) {
      return Future.failedFuture(refusal.exception());
    }
    RaftStatus raft = consensus.status();
    StoreFigures store = StoreFigures.of(view);
    StatusResponse.Builder response =
        StatusResponse.newBuilder()
            .setVersion(member.etcdVersion())
            .setDbSize(store.allocatedBytes())
            .setDbSizeInUse(store.liveBytes())
            .setDbSizeQuota(
                limits.quotaBytes() > 0 ? limits.quotaBytes() : SHOWN_DEFAULT_QUOTA_BYTES)
            .setLeader(raft.leaderId())
            .setRaftIndex(raft.commitIndex())
            .setRaftAppliedIndex(raft.appliedIndex())
            .setRaftTerm(raft.term())
            .setIsLearner(view.members().isLearner(member.memberId()))
            .setStorageVersion(member.clusterVersion())
            .setDowngradeInfo(DowngradeInfo.getDefaultInstance());
    if (raft.leaderId() == 0) {
      response.addErrors(ServerError.NO_LEADER.text());
    }
    for (AlarmMember alarm : view.alarms().list(AlarmType.NONE)) {
      response.addErrors(text(alarm));
    }
    return Future.succeededFuture(proposer.reply(response.build(), view.revision()));
  }

  /** Maintenance.Alarm: through consensus, even to list. */
  public Future<Payload> alarm(CallContext context, AlarmRequest request) {
    return proposer.propose(context, Command.newBuilder().setAlarm(request));
  }

  /** Maintenance.MoveLeader: from this member, which leads, to another voter. */
  public Future<Payload> moveLeader(CallContext context, MoveLeaderRequest request) {
    View view = consensus.view();
    long target = request.getTargetID();
    EtcdError refusal =
        Authorizer.check(view.auth(), context.caller(), Access.need(Access.Need.ROOT));
    if (refusal == null && consensus.status().leaderId() != member.memberId()) {
      refusal = ClusterError.NOT_LEADER;
    }
    if (refusal == null
        && (view.members().get(target) == null || view.members().isLearner(target))) {
      refusal = ClusterError.BAD_TRANSFEREE;
    }
    if (refusal != null) {
      return Future.failedFuture(refusal.exception());
    }
    Future<Void> moved =
        target == member.memberId()
            ? Future.succeededFuture()
            : leadership.transfer(context.loop(), target, context.deadlineNs());
    return moved.map(done -> Payload.of(MoveLeaderResponse.getDefaultInstance()));
  }

  /** As Go's text format of protobuf prints it. */
  private static String text(AlarmMember alarm) {
    StringBuilder out = new StringBuilder();
    if (alarm.getMemberID() != 0) {
      out.append("memberID:").append(Long.toUnsignedString(alarm.getMemberID())).append(' ');
    }
    return out.append("alarm:").append(alarm.getAlarm().name()).toString();
  }
}
