package io.mooring.it;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import com.google.protobuf.Message;
import io.grpc.Status;
import io.mooring.api.etcdserverpb.AlarmMember;
import io.mooring.api.etcdserverpb.AlarmRequest;
import io.mooring.api.etcdserverpb.AlarmResponse;
import io.mooring.api.etcdserverpb.AlarmType;
import io.mooring.api.etcdserverpb.CompactionRequest;
import io.mooring.api.etcdserverpb.CompactionResponse;
import io.mooring.api.etcdserverpb.DeleteRangeRequest;
import io.mooring.api.etcdserverpb.DeleteRangeResponse;
import io.mooring.api.etcdserverpb.PutRequest;
import io.mooring.api.etcdserverpb.PutResponse;
import io.mooring.api.etcdserverpb.RangeRequest;
import io.mooring.api.etcdserverpb.RangeResponse;
import io.mooring.api.testing.Covers;
import io.mooring.it.RawClient.Reply;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The space quota: an alarm of the cluster, which outlives the member's process and its settings.
 */
class QuotaIT {

  private static final int VALUE_BYTES = 100_000;
  private static final int MAX_PUTS = 200;
  private static final String QUOTA = "--quota-backend-bytes=4000000";

  @TempDir Path temp;

  static Stream<String> engines() {
    return TestNode.engines();
  }

  @ParameterizedTest
  @MethodSource("engines")
  @Covers("M12")
  void aFullStoreRefusesWhatNeedsSpaceUntilTheAlarmIsDisarmed(String engine) {
    int stored;
    try (TestNode node = TestNode.start(temp, engine, QUOTA);
        RawClient client = new RawClient(node.clientPort())) {
      stored = fill(client);
      assertThat(stored).isBetween(10, MAX_PUTS - 1);
      Awaitility.await()
          .untilAsserted(
              () ->
                  assertThat(alarms(client))
                      .extracting(AlarmMember::getAlarm)
                      .containsExactly(AlarmType.NOSPACE));
      assertFull(client);
      assertThat(count(client)).isEqualTo(stored);
    }
    // Without a quota of its own the member still obeys the alarm: it is the cluster's.
    try (TestNode node = TestNode.start(temp, engine);
        RawClient client = new RawClient(node.clientPort())) {
      assertFull(client);
      DeleteRangeResponse deleted =
          ok(
              client,
              "KV/DeleteRange",
              DeleteRangeRequest.newBuilder().setKey(key(0)).setRangeEnd(key(stored)).build(),
              DeleteRangeResponse.getDefaultInstance());
      assertThat(deleted.getDeleted()).isEqualTo(stored);
      CompactionRequest compact =
          CompactionRequest.newBuilder()
              .setRevision(deleted.getHeader().getRevision())
              .setPhysical(true)
              .build();
      ok(client, "KV/Compact", compact, CompactionResponse.getDefaultInstance());
      assertFull(client);
      for (AlarmMember alarm : alarms(client)) {
        alarm(client, AlarmRequest.AlarmAction.DEACTIVATE, alarm.getMemberID(), alarm.getAlarm());
      }
      assertThat(alarms(client)).isEmpty();
    }
    try (TestNode node = TestNode.start(temp, engine, QUOTA);
        RawClient client = new RawClient(node.clientPort())) {
      assertThat(put(client, 0).status()).isEqualTo(Status.OK);
      assertThat(alarms(client)).isEmpty();
    }
  }

  /** Puts until the store is full; returns how many went well. */
  private static int fill(RawClient client) {
    for (int i = 0; i < MAX_PUTS; i++) {
      if (!put(client, i).ok()) {
        return i;
      }
    }
    return MAX_PUTS;
  }

  private static void assertFull(RawClient client) {
    Status status = put(client, MAX_PUTS).status();
    assertThat(status.getCode()).isEqualTo(Status.Code.RESOURCE_EXHAUSTED);
    assertThat(status.getDescription()).isEqualTo("etcdserver: mvcc: database space exceeded");
  }

  private static ByteString key(int number) {
    return ByteString.copyFromUtf8("key/%04d".formatted(number));
  }

  private static Reply<PutResponse> put(RawClient client, int number) {
    PutRequest put =
        PutRequest.newBuilder()
            .setKey(key(number))
            .setValue(ByteString.copyFrom(new byte[VALUE_BYTES]))
            .build();
    return client.call("etcdserverpb.KV/Put", put, PutResponse.getDefaultInstance());
  }

  private static long count(RawClient client) {
    RangeRequest range =
        RangeRequest.newBuilder()
            .setKey(key(0))
            .setRangeEnd(key(MAX_PUTS))
            .setCountOnly(true)
            .build();
    return ok(client, "KV/Range", range, RangeResponse.getDefaultInstance()).getCount();
  }

  private static List<AlarmMember> alarms(RawClient client) {
    return alarm(client, AlarmRequest.AlarmAction.GET, 0, AlarmType.NONE);
  }

  private static List<AlarmMember> alarm(
      RawClient client, AlarmRequest.AlarmAction action, long memberId, AlarmType type) {
    AlarmRequest request =
        AlarmRequest.newBuilder().setAction(action).setMemberID(memberId).setAlarm(type).build();
    return ok(client, "Maintenance/Alarm", request, AlarmResponse.getDefaultInstance())
        .getAlarmsList();
  }

  private static <R extends Message> R ok(
      RawClient client, String method, Message request, R reply) {
    return client.call("etcdserverpb." + method, request, reply).value();
  }
}
