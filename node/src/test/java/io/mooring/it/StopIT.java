package io.mooring.it;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import io.grpc.ClientCall;
import io.grpc.Metadata;
import io.grpc.Status;
import io.mooring.api.etcdserverpb.PutRequest;
import io.mooring.api.etcdserverpb.PutResponse;
import io.mooring.api.etcdserverpb.RangeRequest;
import io.mooring.api.etcdserverpb.RangeResponse;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The ends that a process can be asked to come to, and how long they take. */
class StopIT {

  private static final int SIGTERM_STATUS = 143;
  private static final int FATAL_STATUS = 2;
  private static final String PUT = "etcdserverpb.KV/Put";

  @TempDir Path temp;

  private ServerProcess start() {
    return ServerProcess.mooring(temp.resolve("data"), Tools.freePort());
  }

  private static PutRequest put(String key) {
    return PutRequest.newBuilder().setKey(ByteString.copyFromUtf8(key)).build();
  }

  private static RangeResponse range(RawClient client, String key) {
    RangeRequest range = RangeRequest.newBuilder().setKey(ByteString.copyFromUtf8(key)).build();
    return client.call("etcdserverpb.KV/Range", range, RangeResponse.getDefaultInstance()).value();
  }

  private static Duration endOf(ServerProcess server) {
    long beginNs = System.nanoTime();
    server.sigterm();
    assertThat(server.awaitEnd()).isEqualTo(SIGTERM_STATUS);
    return Duration.ofNanos(System.nanoTime() - beginNs);
  }

  @Test
  void withoutOpenCallsItEndsWithinASecondThoughConnectionsAreOpen() throws Exception {
    try (ServerProcess server = start();
        RawClient client = new RawClient(server.clientPort())) {
      client.call(PUT, put("a"), PutResponse.getDefaultInstance()).value();
      HttpClient http = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
      URI health = URI.create(ServerProcess.url(server.clientPort()) + "/health");
      HttpRequest ask = HttpRequest.newBuilder(health).build();
      assertThat(http.send(ask, HttpResponse.BodyHandlers.ofString()).statusCode()).isEqualTo(200);
      assertThat(endOf(server)).isLessThan(Duration.ofSeconds(1));
      assertThat(server.output()).contains("stopped");
    }
    try (ServerProcess again = start();
        RawClient client = new RawClient(again.clientPort())) {
      assertThat(range(client, "a").getCount()).isEqualTo(1);
    }
  }

  @Test
  void aStartThatWaitsForAQuorumEndsWithinASecondOrSo() {
    String peer = ServerProcess.url(Tools.freePort());
    List<String> flags =
        List.of(
            "--name=one",
            "--data-dir=" + temp.resolve("data"),
            "--listen-client-urls=" + ServerProcess.url(Tools.freePort()),
            "--advertise-client-urls=http://127.0.0.1:1",
            "--listen-peer-urls=" + peer,
            "--initial-advertise-peer-urls=" + peer,
            "--initial-cluster=one=" + peer + ",two=http://127.0.0.1:1");
    for (int i = 0; i < 2; i++) {
      try (ServerProcess server = ServerProcess.bare(Map.of(), flags)) {
        server.awaitOutput("Mooring ");
        Awaitility.await().until(() -> Files.exists(temp.resolve("data/FORMAT")));
        assertThat(endOf(server)).isLessThan(Duration.ofSeconds(2));
        assertThat(server.output()).contains("ended before it could serve").contains("stopped");
      }
    }
  }

  @Test
  void aStopThatFailsEndsAllTheSame() throws IOException {
    int port = Tools.freePort();
    try (ServerProcess server =
            ServerProcess.mooring(temp.resolve("data"), port, "--storage-engine=rocksdb");
        RawClient client = new RawClient(server.clientPort())) {
      client.call(PUT, put("a"), PutResponse.getDefaultInstance()).value();
      // The engine has nowhere to write to any more.
      Path member = temp.resolve("data/member");
      Files.move(member.resolve("engine-1"), member.resolve("gone"));
      server.sigterm();
      assertThat(server.awaitEnd()).isEqualTo(FATAL_STATUS);
      assertThat(server.output()).contains("the member stops");
    }
  }

  @Test
  void openWatchesAreToldAndDoNotDelayTheEnd() {
    try (ServerProcess server = start();
        RawClient client = new RawClient(server.clientPort())) {
      EventTape tape = new EventTape(client, 1);
      client.call(PUT, put("a"), PutResponse.getDefaultInstance()).value();
      tape.awaitRevision(2);
      assertThat(endOf(server)).isLessThan(Duration.ofSeconds(2));
      Awaitility.await()
          .untilAsserted(
              () -> assertThat(tape.fault()).contains("UNAVAILABLE", "etcdserver: server stopped"));
    }
  }

  @Test
  void aCallThatHasBegunIsStillAnsweredAndNewOnesAreNotTaken() throws Exception {
    try (ServerProcess server = start();
        RawClient client = new RawClient(server.clientPort())) {
      HalfCall call = new HalfCall(client, put("late"));
      EventTape tape = new EventTape(client, 1);
      server.sigterm();
      // The watch keeps until the call has been answered.
      Awaitility.await().until(() -> server.output().contains("stopping"));
      try (RawClient other = new RawClient(server.clientPort(), 2_000)) {
        assertThat(other.call(PUT, put("new"), PutResponse.getDefaultInstance()).ok()).isFalse();
      }
      assertThat(tape.fault()).isEmpty();
      assertThat(call.complete().get(5, TimeUnit.SECONDS)).isEqualTo(Status.OK);
      assertThat(server.awaitEnd()).isEqualTo(SIGTERM_STATUS);
    }
    try (ServerProcess again = start();
        RawClient client = new RawClient(again.clientPort())) {
      assertThat(range(client, "late").getCount()).isEqualTo(1);
      assertThat(range(client, "new").getCount()).isZero();
    }
  }

  @Test
  void aCallThatNeverEndsIsCutAfterSevenSeconds() {
    try (ServerProcess server = start();
        RawClient client = new RawClient(server.clientPort())) {
      HalfCall call = new HalfCall(client, put("never"));
      assertThat(endOf(server)).isBetween(Duration.ofSeconds(6), Duration.ofSeconds(9));
      assertThat(call.end).succeedsWithin(Duration.ofSeconds(5)).isNotEqualTo(Status.OK);
    }
  }

  /** The launcher becomes the server: what supervises its pid supervises the member. */
  @Test
  void theLaunchersPidIsTheServers() throws Exception {
    Path launcher = Path.of("").toAbsolutePath().resolveSibling("mooring");
    int port = Tools.freePort();
    try (ServerProcess server =
        ServerProcess.run(
            List.of(
                launcher.toString(),
                "start",
                "--data-dir=" + temp.resolve("data"),
                "-listen-client-urls",
                ServerProcess.url(port),
                "-advertise-client-urls=" + ServerProcess.url(port),
                "--listen-peer-urls",
                ServerProcess.url(Tools.freePort())),
            Map.of(),
            port)) {
      server.awaitOutput("ready to serve client requests");
      assertThat(ProcessHandle.of(server.pid()).orElseThrow().info().command().orElseThrow())
          .endsWith("/bin/java");
      assertThat(server.output()).containsPattern("(?m)^Mooring .*\\n.*member ").contains(" ms)");
      try (RawClient client = new RawClient(port)) {
        client.call(PUT, put("a"), PutResponse.getDefaultInstance()).value();
      }
      assertThat(endOf(server)).isLessThan(Duration.ofSeconds(1));
    }
  }

  /** A unary call whose request waits. */
  private static final class HalfCall extends ClientCall.Listener<PutResponse> {

    private final CompletableFuture<Status> end = new CompletableFuture<>();
    private final ClientCall<PutRequest, PutResponse> call;
    private final PutRequest request;

    HalfCall(RawClient client, PutRequest request) {
      // The connection must stand before, or the call would wait in the client.
      client.call(PUT, put("first"), PutResponse.getDefaultInstance()).value();
      this.request = request;
      call = client.open(PUT, request, PutResponse.getDefaultInstance());
      call.start(this, new Metadata());
      call.request(2);
      // Frames of one connection arrive in order, so its head has arrived with this answer.
      client.call(PUT, put("second"), PutResponse.getDefaultInstance()).value();
    }

    CompletableFuture<Status> complete() {
      call.sendMessage(request);
      call.halfClose();
      return end;
    }

    @Override
    public void onClose(Status status, Metadata trailers) {
      end.complete(status);
    }
  }
}
