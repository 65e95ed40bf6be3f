package io.mooring.it;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import com.google.protobuf.Message;
import io.grpc.Status.Code;
import io.grpc.stub.StreamObserver;
import io.mooring.api.etcdserverpb.CompactionRequest;
import io.mooring.api.etcdserverpb.CompactionResponse;
import io.mooring.api.etcdserverpb.LeaseGrantRequest;
import io.mooring.api.etcdserverpb.LeaseGrantResponse;
import io.mooring.api.etcdserverpb.LeaseKeepAliveRequest;
import io.mooring.api.etcdserverpb.LeaseKeepAliveResponse;
import io.mooring.api.etcdserverpb.LeaseLeasesRequest;
import io.mooring.api.etcdserverpb.LeaseLeasesResponse;
import io.mooring.api.etcdserverpb.LeaseRevokeRequest;
import io.mooring.api.etcdserverpb.LeaseRevokeResponse;
import io.mooring.api.etcdserverpb.LeaseTimeToLiveRequest;
import io.mooring.api.etcdserverpb.LeaseTimeToLiveResponse;
import io.mooring.api.etcdserverpb.PutRequest;
import io.mooring.api.etcdserverpb.PutResponse;
import io.mooring.api.etcdserverpb.WatchCreateRequest;
import io.mooring.api.etcdserverpb.WatchRequest;
import io.mooring.api.testing.Covers;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Calls of Lease and Watch that are wrong, over the wire: their streams and others live on. */
class BadStreamsIT {

  private static final Duration LIMIT = Duration.ofSeconds(20);
  private static final ByteString K = ByteString.copyFromUtf8("k");

  @TempDir Path temp;

  private TestNode mooring;
  private RawClient client;

  @BeforeEach
  void start() {
    mooring = TestNode.start(temp, "memory");
    client = new RawClient(mooring.clientPort());
  }

  @AfterEach
  void stop() {
    client.close();
    mooring.close();
  }

  private <R extends Message> RawClient.Reply<R> call(String method, Message request, R reply) {
    return client.call("etcdserverpb." + method, request, reply);
  }

  private RawClient.Reply<LeaseGrantResponse> grant(long id, long ttlSeconds) {
    return call(
        "Lease/LeaseGrant",
        LeaseGrantRequest.newBuilder().setID(id).setTTL(ttlSeconds).build(),
        LeaseGrantResponse.getDefaultInstance());
  }

  private RawClient.Reply<LeaseRevokeResponse> revoke(long id) {
    return call(
        "Lease/LeaseRevoke",
        LeaseRevokeRequest.newBuilder().setID(id).build(),
        LeaseRevokeResponse.getDefaultInstance());
  }

  private LeaseTimeToLiveResponse timeToLive(long id) {
    return call(
            "Lease/LeaseTimeToLive",
            LeaseTimeToLiveRequest.newBuilder().setID(id).setKeys(true).build(),
            LeaseTimeToLiveResponse.getDefaultInstance())
        .value();
  }

  private List<Long> leases() {
    return call(
            "Lease/LeaseLeases",
            LeaseLeasesRequest.getDefaultInstance(),
            LeaseLeasesResponse.getDefaultInstance())
        .value()
        .getLeasesList()
        .stream()
        .map(lease -> lease.getID())
        .toList();
  }

  private static void assertRefused(RawClient.Reply<?> reply, Code code, String text) {
    assertThat(reply.status().getCode()).isEqualTo(code);
    assertThat(reply.status().getDescription()).isEqualTo("etcdserver: " + text);
  }

  @Test
  @Covers({"B21", "B22", "B23", "B24", "L7"})
  void grants() {
    assertRefused(grant(7, 9_000_000_001L), Code.OUT_OF_RANGE, "too large lease TTL");
    assertRefused(grant(7, Long.MAX_VALUE), Code.OUT_OF_RANGE, "too large lease TTL");
    assertThat(leases()).isEmpty();
    for (long ttlSeconds : new long[] {Long.MIN_VALUE, -1, 0, 1}) {
      LeaseGrantResponse granted = grant(0, ttlSeconds).value();
      assertThat(granted.getTTL()).isEqualTo(2);
      assertThat(granted.getID()).isPositive();
      assertThat(granted.getError()).isEmpty();
      assertThat(revoke(granted.getID()).ok()).isTrue();
    }
    assertThat(grant(7, 100).value().getID()).isEqualTo(7);
    assertRefused(grant(7, 200), Code.FAILED_PRECONDITION, "lease already exists");
    assertThat(timeToLive(7).getGrantedTTL()).isEqualTo(100);
    for (long id : new long[] {-1, Long.MIN_VALUE, Long.MAX_VALUE}) {
      assertThat(grant(id, 100).value().getID()).isEqualTo(id);
      assertRefused(grant(id, 100), Code.FAILED_PRECONDITION, "lease already exists");
      assertThat(timeToLive(id).getGrantedTTL()).isEqualTo(100);
    }
    assertThat(leases()).containsExactlyInAnyOrder(7L, -1L, Long.MIN_VALUE, Long.MAX_VALUE);
  }

  @Test
  @Covers({"B25", "B27"})
  void revokesAndQuestionsOfUnknownLeases() {
    for (long id : new long[] {0, 1, -1, Long.MAX_VALUE}) {
      assertRefused(revoke(id), Code.NOT_FOUND, "requested lease not found");
      LeaseTimeToLiveResponse unknown = timeToLive(id);
      assertThat(unknown.getID()).isEqualTo(id);
      assertThat(unknown.getTTL()).isEqualTo(-1);
      assertThat(unknown.getGrantedTTL()).isZero();
      assertThat(unknown.getKeysList()).isEmpty();
      assertThat(unknown.getHeader().getRevision()).isOne();
    }
  }

  @Test
  @Covers({"B26", "P20"})
  void keepAlivesOfUnknownLeasesAreAnsweredInOrderAndTheStreamLives() {
    grant(7, 100);
    Heard heard = new Heard();
    StreamObserver<LeaseKeepAliveRequest> stream =
        client.stream(
            "etcdserverpb.Lease/LeaseKeepAlive",
            LeaseKeepAliveRequest.getDefaultInstance(),
            LeaseKeepAliveResponse.getDefaultInstance(),
            heard);
    for (long id : new long[] {0, 99, 7, -1, 7}) {
      stream.onNext(LeaseKeepAliveRequest.newBuilder().setID(id).build());
    }
    Awaitility.await().atMost(LIMIT).until(() -> heard.lines.size() == 5);
    assertThat(heard.lines).containsExactly("0: 0", "99: 0", "7: 100", "-1: 0", "7: 100");
    revoke(7);
    stream.onNext(LeaseKeepAliveRequest.newBuilder().setID(7).build());
    stream.onCompleted(); // half-closed: what was asked is answered, then the stream ends well
    Awaitility.await().atMost(LIMIT).until(() -> heard.lines.size() == 7);
    assertThat(heard.lines).endsWith("7: 0", "completed");
  }

  private static final class Heard implements StreamObserver<LeaseKeepAliveResponse> {
    final Queue<String> lines = new ConcurrentLinkedQueue<>();

    @Override
    public void onNext(LeaseKeepAliveResponse response) {
      lines.add(response.getID() + ": " + response.getTTL());
    }

    @Override
    public void onError(Throwable cause) {
      lines.add(cause.toString());
    }

    @Override
    public void onCompleted() {
      lines.add("completed");
    }
  }

  private void put() {
    call("KV/Put", PutRequest.newBuilder().setKey(K).build(), PutResponse.getDefaultInstance());
  }

  private static WatchCreateRequest.Builder watch(long id) {
    return WatchCreateRequest.newBuilder().setWatchId(id).setKey(K);
  }

  private static void awaitTape(WatchTape tape, long watchId, String... lines) {
    Awaitility.await()
        .atMost(LIMIT)
        .untilAsserted(() -> assertThat(tape.lines().get(watchId)).containsExactly(lines));
  }

  @Test
  @Covers({"B28", "B29", "B30", "B31", "B32", "P16"})
  void watchesThatCannotBeAreRejectedAndTheirStreamLives() {
    for (int i = 0; i < 4; i++) {
      put();
    }
    call(
        "KV/Compact",
        CompactionRequest.newBuilder().setRevision(4).build(),
        CompactionResponse.getDefaultInstance());
    WatchTape tape = new WatchTape(client);
    tape.create(watch(1).build());
    tape.create(watch(2).setStartRevision(-1).build());
    tape.create(watch(3).setRangeEnd(ByteString.copyFromUtf8("a")).build());
    tape.create(watch(4).setRangeEnd(K).build());
    tape.create(watch(1).build());
    tape.cancel(99);
    tape.create(watch(5).setStartRevision(3).build());
    awaitTape(tape, 5, "created at 5", "canceled:  compact=4");
    String created = "created at 5";
    String empty = "canceled: mvcc: watcher range is empty compact=0";
    awaitTape(
        tape,
        -1,
        created,
        "canceled: etcdserver: mvcc: required revision has been compacted compact=0",
        created,
        empty,
        created,
        empty,
        created,
        "canceled: mvcc: duplicate watch ID provided on the WatchStream compact=0");
    put();
    awaitTape(
        tape,
        1,
        created,
        "kv {   key: \"k\"   create_revision: 2   mod_revision: 6   version: 5 } ");
    assertThat(tape.lines().keySet()).containsExactly(-1L, 1L, 5L);
    tape.cancel(1);
    Awaitility.await().atMost(LIMIT).until(() -> tape.lines().get(1L).size() == 3);
    assertThat(tape.lines().get(1L)).endsWith("canceled:  compact=0");
  }

  @Test
  @Covers("B34")
  void aWatchRequestThatAsksForNothingIsIgnored() {
    WatchTape tape = new WatchTape(client);
    tape.send(WatchRequest.getDefaultInstance());
    tape.create(watch(1).build());
    tape.send(WatchRequest.getDefaultInstance());
    awaitTape(tape, 1, "created at 1");
    put();
    Awaitility.await().atMost(LIMIT).until(() -> tape.lines().get(1L).size() == 2);
    assertThat(tape.lines().keySet()).containsExactly(1L);
  }

  @Test
  void aHalfClosedWatchStreamGoesOn() {
    WatchTape tape = new WatchTape(client);
    tape.create(watch(1).build());
    tape.close();
    awaitTape(tape, 1, "created at 1");
    put();
    Awaitility.await().atMost(LIMIT).until(() -> tape.lines().get(1L).size() == 2);
    assertThat(tape.lines().keySet()).containsExactly(1L);
  }
}
