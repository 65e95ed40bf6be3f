package io.mooring.it;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import com.google.protobuf.Message;
import io.grpc.Status;
import io.grpc.Status.Code;
import io.mooring.api.etcdserverpb.AlarmRequest;
import io.mooring.api.etcdserverpb.AlarmRequest.AlarmAction;
import io.mooring.api.etcdserverpb.AlarmResponse;
import io.mooring.api.etcdserverpb.AlarmType;
import io.mooring.api.etcdserverpb.CompactionRequest;
import io.mooring.api.etcdserverpb.CompactionResponse;
import io.mooring.api.etcdserverpb.DeleteRangeRequest;
import io.mooring.api.etcdserverpb.DeleteRangeResponse;
import io.mooring.api.etcdserverpb.LeaseGrantRequest;
import io.mooring.api.etcdserverpb.LeaseGrantResponse;
import io.mooring.api.etcdserverpb.LeaseRevokeRequest;
import io.mooring.api.etcdserverpb.LeaseRevokeResponse;
import io.mooring.api.etcdserverpb.PutRequest;
import io.mooring.api.etcdserverpb.PutResponse;
import io.mooring.api.etcdserverpb.RangeRequest;
import io.mooring.api.etcdserverpb.RangeResponse;
import io.mooring.api.etcdserverpb.RequestOp;
import io.mooring.api.etcdserverpb.StatusRequest;
import io.mooring.api.etcdserverpb.StatusResponse;
import io.mooring.api.etcdserverpb.TxnRequest;
import io.mooring.api.etcdserverpb.TxnResponse;
import io.mooring.api.testing.Covers;
import java.nio.file.Path;
import java.time.Duration;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** A store that is full, and gets well again without a tool or a restart. */
class QuotaRecoveryIT {

  private static final int QUOTA_BYTES = 4 << 20;
  private static final int VALUE_BYTES = 16 << 10;
  private static final Duration LIMIT = Duration.ofSeconds(20);
  private static final ByteString ALL = ByteString.copyFrom(new byte[1]);

  @TempDir Path temp;

  static java.util.stream.Stream<String> engines() {
    return TestNode.engines();
  }

  @ParameterizedTest
  @MethodSource("engines")
  @Covers("M12")
  void aFullStoreRefusesWhatGrowsAndRecovers(String engine) {
    String quota = Integer.toString(QUOTA_BYTES);
    try (TestNode mooring = TestNode.start(temp, engine, "--quota-backend-bytes", quota);
        RawClient client = new RawClient(mooring.clientPort())) {
      LeaseGrantResponse lease =
          call(client, "Lease/LeaseGrant", grant(), LeaseGrantResponse.getDefaultInstance())
              .value();
      for (int round = 0; round < 2; round++) {
        int stored = fill(client);
        // What is counted is what is stored, within the engines' own overhead.
        assertThat(stored).isBetween(QUOTA_BYTES / VALUE_BYTES / 2, QUOTA_BYTES / VALUE_BYTES);
        refusesOnlyWhatGrows(client, stored);
        boolean disarm = round == 1;
        makeRoom(client, disarm);
      }
      assertThat(
              call(
                      client,
                      "Lease/LeaseRevoke",
                      LeaseRevokeRequest.newBuilder().setID(lease.getID()).build(),
                      LeaseRevokeResponse.getDefaultInstance())
                  .ok())
          .isTrue();
    }
  }

  /** Writes until the quota says no, and returns how many values went in. */
  private static int fill(RawClient client) {
    for (int i = 0; i < 2 * QUOTA_BYTES / VALUE_BYTES; i++) {
      Status status = put(client, i);
      if (!status.isOk()) {
        assertNoSpace(status);
        return i;
      }
    }
    throw new AssertionError("no quota");
  }

  private static void refusesOnlyWhatGrows(RawClient client, int stored) {
    Awaitility.await().atMost(LIMIT).until(() -> alarms(client, AlarmAction.GET) == 1);
    StatusResponse status =
        call(
                client,
                "Maintenance/Status",
                StatusRequest.getDefaultInstance(),
                StatusResponse.getDefaultInstance())
            .value();
    assertThat(status.getErrorsList())
        .singleElement()
        .asString()
        .matches("memberID:\\d+ alarm:NOSPACE");
    assertThat(status.getDbSizeQuota()).isEqualTo(QUOTA_BYTES);
    assertNoSpace(put(client, stored));
    PutRequest large = putRequest(stored);
    TxnRequest txn =
        TxnRequest.newBuilder().addFailure(RequestOp.newBuilder().setRequestPut(large)).build();
    assertNoSpace(call(client, "KV/Txn", txn, TxnResponse.getDefaultInstance()).status());
    RangeRequest count =
        RangeRequest.newBuilder().setKey(ALL).setRangeEnd(ALL).setCountOnly(true).build();
    assertThat(
            call(client, "KV/Range", count, RangeResponse.getDefaultInstance()).value().getCount())
        .isEqualTo(stored);
    TxnRequest delete =
        TxnRequest.newBuilder()
            .addSuccess(
                RequestOp.newBuilder()
                    .setRequestDeleteRange(DeleteRangeRequest.newBuilder().setKey(key(0))))
            .build();
    assertThat(call(client, "KV/Txn", delete, TxnResponse.getDefaultInstance()).ok()).isTrue();
  }

  private static void makeRoom(RawClient client, boolean disarm) {
    DeleteRangeRequest all = DeleteRangeRequest.newBuilder().setKey(ALL).setRangeEnd(ALL).build();
    long revision =
        call(client, "KV/DeleteRange", all, DeleteRangeResponse.getDefaultInstance())
            .value()
            .getHeader()
            .getRevision();
    CompactionRequest compact =
        CompactionRequest.newBuilder().setRevision(revision).setPhysical(true).build();
    assertThat(call(client, "KV/Compact", compact, CompactionResponse.getDefaultInstance()).ok())
        .isTrue();
    if (disarm) {
      // Unless the member, which looks at the clock, was sooner.
      assertThat(alarms(client, AlarmAction.DEACTIVATE)).isBetween(0, 1);
      assertThat(put(client, 0)).isEqualTo(Status.OK);
    } else {
      // Nobody disarms: the next write that finds room takes the alarm back itself.
      Awaitility.await().atMost(LIMIT).until(() -> put(client, 0).isOk());
    }
    assertThat(alarms(client, AlarmAction.GET)).isZero();
  }

  private static int alarms(RawClient client, AlarmAction action) {
    AlarmRequest.Builder request = AlarmRequest.newBuilder().setAction(action);
    if (action == AlarmAction.DEACTIVATE) {
      AlarmRequest get = AlarmRequest.newBuilder().setAction(AlarmAction.GET).build();
      AlarmResponse raised =
          call(client, "Maintenance/Alarm", get, AlarmResponse.getDefaultInstance()).value();
      if (raised.getAlarmsCount() == 0) {
        return 0;
      }
      request.setAlarm(AlarmType.NOSPACE).setMemberID(raised.getAlarms(0).getMemberID());
    }
    return call(client, "Maintenance/Alarm", request.build(), AlarmResponse.getDefaultInstance())
        .value()
        .getAlarmsCount();
  }

  private static Status put(RawClient client, int number) {
    return call(client, "KV/Put", putRequest(number), PutResponse.getDefaultInstance()).status();
  }

  private static PutRequest putRequest(int number) {
    return PutRequest.newBuilder()
        .setKey(key(number))
        .setValue(ByteString.copyFrom(new byte[VALUE_BYTES]))
        .build();
  }

  private static ByteString key(int number) {
    return ByteString.copyFromUtf8("k" + number);
  }

  private static LeaseGrantRequest grant() {
    return LeaseGrantRequest.newBuilder().setTTL(600).build();
  }

  private static void assertNoSpace(Status status) {
    assertThat(status.getCode()).isEqualTo(Code.RESOURCE_EXHAUSTED);
    assertThat(status.getDescription()).isEqualTo("etcdserver: mvcc: database space exceeded");
  }

  private static <R extends Message> RawClient.Reply<R> call(
      RawClient client, String method, Message request, R reply) {
    return client.call("etcdserverpb." + method, request, reply);
  }
}
