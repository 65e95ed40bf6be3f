package io.mooring.machine;

import io.mooring.api.etcdserverpb.AlarmMember;
import io.mooring.api.etcdserverpb.AlarmRequest;
import io.mooring.api.etcdserverpb.AlarmResponse;
import io.mooring.api.etcdserverpb.AlarmType;
import io.mooring.api.etcdserverpb.Member;
import io.mooring.api.internalpb.PublishMember;
import io.mooring.api.storage.Table;
import io.mooring.api.storage.WriteBatch;
import io.mooring.machine.cluster.AlarmTable;
import io.mooring.machine.cluster.MemberTable;

/** The machine's alarms and members: tables and rows change together, here. Apply thread. */
final class ClusterBook {

  private static final byte[] NOTHING = {};

  private AlarmTable alarms;
  private MemberTable members;

  ClusterBook(AlarmTable alarms, MemberTable members) {
    this.alarms = alarms;
    this.members = members;
  }

  AlarmTable alarms() {
    return alarms;
  }

  MemberTable members() {
    return members;
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
          batch.tableDelete(Table.ALARM, AlarmTable.key(alarm));
          alarms = alarms.without(alarm);
          response.addAlarms(alarm);
        }
      }
      case UNRECOGNIZED -> {}
    }
    return response.build();
  }

  /** Takes over what a member says of itself; its peer URLs are known already, or named here. */
  void publish(WriteBatch batch, PublishMember request) {
    Member known = members.get(request.getId());
    Member.Builder member = known == null ? Member.newBuilder() : known.toBuilder();
    member
        .setID(request.getId())
        .setName(request.getName())
        .clearClientURLs()
        .addAllClientURLs(request.getClientUrlsList());
    if (request.getPeerUrlsCount() > 0) {
      member.clearPeerURLs().addAllPeerURLs(request.getPeerUrlsList());
    }
    Member changed = member.build();
    if (!changed.equals(known)) {
      batch.tablePut(Table.MEMBER, MemberTable.key(changed.getID()), changed.toByteArray());
      members = members.with(changed);
    }
  }

  private AlarmMember activate(WriteBatch batch, AlarmMember alarm) {
    if (!alarms.contains(alarm)) {
      batch.tablePut(Table.ALARM, AlarmTable.key(alarm), NOTHING);
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
