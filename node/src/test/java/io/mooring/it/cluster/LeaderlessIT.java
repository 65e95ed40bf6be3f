package io.mooring.it.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import io.grpc.Status;
import io.grpc.stub.StreamObserver;
import io.mooring.api.etcdserverpb.PutRequest;
import io.mooring.api.etcdserverpb.PutResponse;
import io.mooring.api.etcdserverpb.RangeRequest;
import io.mooring.api.etcdserverpb.RangeResponse;
import io.mooring.api.etcdserverpb.StatusResponse;
import io.mooring.api.etcdserverpb.WatchCreateRequest;
import io.mooring.api.etcdserverpb.WatchRequest;
import io.mooring.api.etcdserverpb.WatchResponse;
import io.mooring.api.testing.Covers;
import io.mooring.it.RawClient;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What clients hear while nobody leads, or whoever led is gone: etcd's words. */
class LeaderlessIT {

  private static final Duration LIMIT = Duration.ofSeconds(20);
  private static final ByteString KEY = ByteString.copyFromUtf8("key");
  private static final PutRequest PUT = PutRequest.newBuilder().setKey(KEY).build();
  private static final RangeRequest GET =
      RangeRequest.newBuilder().setKey(KEY).setSerializable(true).build();

  @TempDir Path temp;

  /** A stream of watches: how often it heard something, and how it ended. */
  private static final class Stream implements StreamObserver<WatchResponse> {
    final CompletableFuture<Status> ended = new CompletableFuture<>();
    volatile int events;
    volatile boolean created;
    final StreamObserver<WatchRequest> requests;

    Stream(RawClient client) {
      requests = client.watch(this);
      requests.onNext(
          WatchRequest.newBuilder()
              .setCreateRequest(WatchCreateRequest.newBuilder().setKey(KEY))
              .build());
    }

    @Override
    public void onNext(WatchResponse response) {
      created |= response.getCreated();
      events += response.getEventsCount();
    }

    @Override
    public void onError(Throwable cause) {
      ended.complete(Status.fromThrowable(cause));
    }

    @Override
    public void onCompleted() {
      ended.complete(Status.OK);
    }
  }

  @Test
  @Covers("F9")
  void whoeverRequiresALeaderIsToldThatThereIsNone() {
    try (ServerCluster cluster = ServerCluster.start(temp, Program.mooring("memory"), 3)) {
      int member = (cluster.awaitLeader() + 1) % 3;
      int port = cluster.clientPorts().get(member);
      try (RawClient plain = new RawClient(port, 20_000);
          RawClient strict = RawClient.requiringLeader(port, 20_000)) {
        Stream patient = new Stream(plain);
        Stream demanding = new Stream(strict);
        Awaitility.await().atMost(LIMIT).until(() -> patient.created && demanding.created);
        assertThat(get(strict).isOk()).isTrue();

        cluster.net().isolate(member);
        Awaitility.await().atMost(LIMIT).until(() -> leaderless(cluster, member));
        assertNoLeader(get(strict));
        assertThat(get(plain).isOk()).as("may be answered by anybody").isTrue();
        assertNoLeader(new Stream(strict).ended.orTimeout(5, TimeUnit.SECONDS).join());
        assertNoLeader(demanding.ended.orTimeout(5, TimeUnit.SECONDS).join());
        assertThat(patient.ended).isNotDone();

        cluster.net().heal(false);
        cluster.awaitLeader();
        assertThat(get(strict).isOk()).isTrue();
        Stream again = new Stream(strict);
        Awaitility.await().atMost(LIMIT).until(() -> again.created);
        put(plain);
        Awaitility.await().atMost(LIMIT).until(() -> patient.events == 1 && again.events == 1);
        assertThat(again.ended).isNotDone();
      }
    }
  }

  /**
   * A leader that stands still takes with it what was on its way to it. Whoever leads after it says
   * so to those who asked shortly before; a follower of the new leader only that it took too long.
   */
  @Test
  void whatIsLostWithALeaderIsBlamedOnIt() {
    try (ServerCluster cluster = ServerCluster.start(temp, Program.mooring("memory"), 3)) {
      int old = cluster.awaitLeader();
      int[] others = {(old + 1) % 3, (old + 2) % 3};
      try (RawClient first = new RawClient(cluster.clientPorts().get(others[0]), 20_000);
          RawClient second = new RawClient(cluster.clientPorts().get(others[1]), 20_000)) {
        put(first);
        put(second);
        cluster.pause(old);
        List<List<CompletableFuture<Status>>> writes = List.of(later(first), later(second));
        int elected = cluster.awaitLeaderAmong(others);
        List<Status> blamed = statuses(writes.get(elected == others[0] ? 0 : 1));
        List<Status> followers = statuses(writes.get(elected == others[0] ? 1 : 0));
        assertThat(blamed)
            .anySatisfy(
                status -> {
                  assertThat(status.getCode()).isEqualTo(Status.Code.UNAVAILABLE);
                  assertThat(status.getDescription())
                      .isEqualTo(
                          "etcdserver: request timed out, possibly due to previous leader failure");
                });
        assertThat(followers)
            .filteredOn(status -> !status.isOk())
            .isNotEmpty()
            .allSatisfy(
                status ->
                    assertThat(status.getDescription()).isEqualTo("etcdserver: request timed out"));
        cluster.resume(old);
        cluster.awaitLeader();
        put(first);
      }
    }
  }

  /** Writes spread over the time in which nobody has noticed anything yet. */
  private static List<CompletableFuture<Status>> later(RawClient client) {
    List<CompletableFuture<Status>> writes = new ArrayList<>();
    for (int delayMs = 0; delayMs <= 400; delayMs += 100) {
      writes.add(
          CompletableFuture.supplyAsync(
              () ->
                  client
                      .call("etcdserverpb.KV/Put", PUT, PutResponse.getDefaultInstance())
                      .status(),
              CompletableFuture.delayedExecutor(
                  delayMs, TimeUnit.MILLISECONDS, task -> new Thread(task).start())));
    }
    return writes;
  }

  private static List<Status> statuses(List<CompletableFuture<Status>> writes) {
    return writes.stream().map(CompletableFuture::join).toList();
  }

  private static boolean leaderless(ServerCluster cluster, int member) {
    StatusResponse status = cluster.status(member);
    return status != null && status.getLeader() == 0;
  }

  private static Status get(RawClient client) {
    return client.call("etcdserverpb.KV/Range", GET, RangeResponse.getDefaultInstance()).status();
  }

  private static void put(RawClient client) {
    assertThat(client.call("etcdserverpb.KV/Put", PUT, PutResponse.getDefaultInstance()).status())
        .isEqualTo(Status.OK);
  }

  private static void assertNoLeader(Status status) {
    assertThat(status.getCode()).isEqualTo(Status.Code.UNAVAILABLE);
    assertThat(status.getDescription()).isEqualTo("etcdserver: no leader");
  }
}
