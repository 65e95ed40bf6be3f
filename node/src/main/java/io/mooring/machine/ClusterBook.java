package io.mooring.machine;

import com.google.protobuf.Empty;
import com.google.protobuf.MessageLite;
import io.mooring.api.etcdserverpb.AlarmMember;
import io.mooring.api.etcdserverpb.AlarmRequest;
import io.mooring.api.etcdserverpb.AlarmResponse;
import io.mooring.api.etcdserverpb.AlarmType;
import io.mooring.api.etcdserverpb.Member;
import io.mooring.api.etcdserverpb.MemberAddResponse;
import io.mooring.api.etcdserverpb.MemberPromoteResponse;
import io.mooring.api.etcdserverpb.MemberRemoveResponse;
import io.mooring.api.etcdserverpb.MemberUpdateResponse;
import io.mooring.api.internalpb.AddMember;
import io.mooring.api.internalpb.FoundCluster;
import io.mooring.api.internalpb.PromoteMember;
import io.mooring.api.internalpb.PublishMember;
import io.mooring.api.internalpb.RemoveMember;
import io.mooring.api.internalpb.UpdateMember;
import io.mooring.api.storage.Table;
import io.mooring.api.storage.WriteBatch;
import io.mooring.base.Check;
import io.mooring.error.ClusterError;
import io.mooring.error.EtcdError;
import io.mooring.machine.cluster.AlarmTable;
import io.mooring.machine.cluster.MemberTable;
import io.mooring.machine.hash.StateHash;
import org.jspecify.annotations.Nullable;

/**
 * The machine's alarms and members: tables and rows change together, here. The checks come in the
 * order of etcd's (server/etcdserver/api/membership/cluster.go). Apply thread.
 */
final class ClusterBook {

  private static final byte[] NOTHING = {};

  private final StateHash hash;
  private AlarmTable alarms;
  private MemberTable members;

  ClusterBook(AlarmTable alarms, MemberTable members, StateHash hash) {
    this.alarms = alarms;
    this.members = members;
    this.hash = hash;
  }

  AlarmTable alarms() {
    return alarms;
  }

  MemberTable members() {
    return members;
  }

  /** A reply, or why nothing was changed. */
  record Answer(@Nullable EtcdError refusal, MessageLite response) {

    private static Answer refused(EtcdError refusal) {
      return new Answer(refusal, Empty.getDefaultInstance());
    }

    private static Answer done(MessageLite response) {
      return new Answer(null, response);
    }
  }

  /** Answers with the alarms that the action concerned; nothing for a type or action unknown. */
  AlarmResponse alarm(WriteBatch batch, AlarmRequest request) {
    AlarmResponse.Builder response = AlarmResponse.newBuilder();
    AlarmType type = request.getAlarm();
    switch (request.getAction()) {
      case GET -> response.addAllAlarms(alarms.list(type));
      case ACTIVATE -> {
        if (type != AlarmType.NONE && type != AlarmType.UNRECOGNIZED) {
          response.addAlarms(activate(batch, alarm(request)));
        }
      }
      case DEACTIVATE -> {
        AlarmMember alarm = alarm(request);
        if (alarms.contains(alarm)) {
          hash.tableDelete(batch, Table.ALARM, AlarmTable.key(alarm));
          alarms = alarms.without(alarm);
          response.addAlarms(alarm);
        }
      }
      case UNRECOGNIZED -> {}
    }
    return response.build();
  }

  /** The founders of a new cluster; or, by force, the only ones that are left of an old one. */
  void found(WriteBatch batch, FoundCluster request) {
    Check.that(request.getMembersCount() > 0, "R21 a cluster without members");
    if (!request.getForce()) {
      Check.that(members.list().isEmpty(), "R21 a cluster is founded once");
    }
    for (Member known : members.list()) {
      if (request.getMembersList().stream().noneMatch(m -> m.getID() == known.getID())) {
        drop(batch, known.getID());
      }
    }
    for (Member founder : request.getMembersList()) {
      Member known = members.get(founder.getID());
      Member.Builder member = (known == null ? founder : known).toBuilder();
      keep(batch, member.setIsLearner(false).build());
    }
  }

  /** Takes over what a member says of itself; one that was removed meanwhile says it in vain. */
  void publish(WriteBatch batch, PublishMember request) {
    Member known = members.get(request.getId());
    if (known != null) {
      keep(
          batch,
          known.toBuilder()
              .setName(request.getName())
              .clearClientURLs()
              .addAllClientURLs(request.getClientUrlsList())
              .build());
    }
  }

  Answer add(WriteBatch batch, AddMember request) {
    EtcdError refusal = null;
    if (members.wasRemoved(request.getId())) {
      refusal = ClusterError.MEMBER_NOT_FOUND;
    } else if (members.get(request.getId()) != null) {
      refusal = ClusterError.MEMBER_EXISTS;
    } else if (members.usesPeerUrl(request.getPeerUrlsList(), request.getId())) {
      refusal = ClusterError.PEER_URL_EXISTS;
    } else if (request.getLearner() && members.learners().size() >= request.getMaxLearners()) {
      refusal = ClusterError.TOO_MANY_LEARNERS;
    }
    if (refusal != null) {
      return Answer.refused(refusal);
    }
    Member member =
        Member.newBuilder()
            .setID(request.getId())
            .addAllPeerURLs(request.getPeerUrlsList())
            .setIsLearner(request.getLearner())
            .build();
    keep(batch, member);
    return Answer.done(
        MemberAddResponse.newBuilder().setMember(member).addAllMembers(members.list()).build());
  }

  Answer remove(WriteBatch batch, RemoveMember request) {
    Member known = members.get(request.getId());
    if (known == null) {
      return Answer.refused(ClusterError.MEMBER_NOT_FOUND);
    }
    boolean lastVoter = !known.getIsLearner() && members.voters().size() == 1;
    if (lastVoter) {
      // Without strict checks etcd lets the last voter go, and nothing can ever be written again.
      return Answer.refused(ClusterError.NOT_ENOUGH_STARTED);
    }
    drop(batch, request.getId());
    return Answer.done(MemberRemoveResponse.newBuilder().addAllMembers(members.list()).build());
  }

  Answer update(WriteBatch batch, UpdateMember request) {
    Member known = members.get(request.getId());
    if (known == null) {
      return Answer.refused(ClusterError.MEMBER_NOT_FOUND);
    }
    if (members.usesPeerUrl(request.getPeerUrlsList(), request.getId())) {
      return Answer.refused(ClusterError.PEER_URL_EXISTS);
    }
    keep(
        batch, known.toBuilder().clearPeerURLs().addAllPeerURLs(request.getPeerUrlsList()).build());
    return Answer.done(MemberUpdateResponse.newBuilder().addAllMembers(members.list()).build());
  }

  Answer promote(WriteBatch batch, PromoteMember request) {
    Member known = members.get(request.getId());
    if (known == null) {
      return Answer.refused(ClusterError.MEMBER_NOT_FOUND);
    }
    if (!known.getIsLearner()) {
      return Answer.refused(ClusterError.NOT_LEARNER);
    }
    keep(batch, known.toBuilder().setIsLearner(false).build());
    return Answer.done(MemberPromoteResponse.newBuilder().addAllMembers(members.list()).build());
  }

  private void keep(WriteBatch batch, Member member) {
    if (!member.equals(members.get(member.getID()))) {
      hash.tablePut(batch, Table.MEMBER, MemberTable.key(member.getID()), member.toByteArray());
      members = members.with(member);
    }
  }

  private void drop(WriteBatch batch, long memberId) {
    hash.tablePut(batch, Table.MEMBER, MemberTable.key(memberId), MemberTable.removedRow());
    members = members.without(memberId);
  }

  private AlarmMember activate(WriteBatch batch, AlarmMember alarm) {
    if (!alarms.contains(alarm)) {
      hash.tablePut(batch, Table.ALARM, AlarmTable.key(alarm), NOTHING);
      alarms = alarms.with(alarm);
    }
    return alarm;
  }

  private static AlarmMember alarm(AlarmRequest request) {
    return AlarmMember.newBuilder()
        .setMemberID(request.getMemberID())
        .setAlarmValue(request.getAlarmValue())
        .build();
  }
}
