package io.mooring.it;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import io.mooring.api.etcdserverpb.PutRequest;
import io.mooring.api.etcdserverpb.PutResponse;
import io.mooring.api.testing.Covers;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.net.SocketException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Each port of a member, asked by whoever has the wrong one or comes too soon. */
class NoiseIT {

  private static final int PATIENCE_MS = 10_000;

  @TempDir Path temp;

  private final int clientPort = Tools.freePort();
  private final int peerPort = Tools.freePort();
  private final int metricsPort = Tools.freePort();

  private ServerProcess launch(String... more) {
    List<String> flags =
        new java.util.ArrayList<>(
            List.of(
                "--data-dir=" + temp.resolve("data"),
                "--storage-engine=memory",
                "--listen-client-urls=" + ServerProcess.url(clientPort),
                "--advertise-client-urls=" + ServerProcess.url(clientPort),
                "--listen-peer-urls=" + ServerProcess.url(peerPort),
                "--initial-advertise-peer-urls=" + ServerProcess.url(peerPort),
                "--listen-metrics-urls=" + ServerProcess.url(metricsPort)));
    flags.addAll(List.of(more));
    return ServerProcess.bare(Map.of(), flags);
  }

  /** The other end closes the connection, having said something or not. */
  private static void assertClosed(int port, byte[] noise) throws IOException {
    try (Socket socket = new Socket("127.0.0.1", port)) {
      socket.setSoTimeout(PATIENCE_MS);
      socket.getOutputStream().write(noise);
      InputStream answer = socket.getInputStream();
      assertThat(answer.readNBytes(1 << 20).length).isLessThan(1 << 20);
    } catch (SocketException reset) {
      assertThat(reset).hasMessageContaining("reset");
    }
  }

  @Test
  @Covers("B94")
  void noiseIsHungUpOnAndHardlyLogged() throws Exception {
    byte[] garbage = "\1\2garbage\3\r\n\r\n".getBytes(StandardCharsets.US_ASCII);
    byte[] old = "GET /version HTTP/1.0\r\n\r\n".getBytes(StandardCharsets.US_ASCII);
    byte[] noHttp2 =
        ("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + "x".repeat(100)).getBytes(StandardCharsets.US_ASCII);
    byte[] hello = hello();
    try (ServerProcess server = launch("--initial-cluster=default=" + url(peerPort))) {
      server.awaitOutput("ready to serve client requests");
      long before = server.output().lines().count();
      for (int port : new int[] {clientPort, peerPort, metricsPort}) {
        for (int i = 0; i < 100; i++) {
          assertClosed(port, garbage);
          assertClosed(port, old);
          assertClosed(port, noHttp2);
          assertClosed(port, hello);
        }
      }
      assertThat(server.output().lines().count() - before).as(server.output()).isLessThan(30);
      assertThat(server.output()).contains("speaks TLS to a port that does not");
      assertThat(get("/metrics").body()).contains("mooring_tls_on_plain_port_total 300.0");
      try (RawClient client = new RawClient(clientPort)) {
        PutRequest put = PutRequest.newBuilder().setKey(ByteString.copyFromUtf8("k")).build();
        assertThat(client.call("etcdserverpb.KV/Put", put, PutResponse.getDefaultInstance()).ok())
            .isTrue();
      }
    }
  }

  /** What a client says first that takes a port for one with TLS. */
  private static byte[] hello() throws Exception {
    SSLEngine client = SSLContext.getDefault().createSSLEngine();
    client.setUseClientMode(true);
    ByteBuffer out = ByteBuffer.allocate(client.getSession().getPacketBufferSize());
    client.wrap(ByteBuffer.allocate(0), out);
    return Arrays.copyOf(out.array(), out.position());
  }

  /** As with etcd, which answers at the metrics URLs from the start, and kubelet's probes there. */
  @Test
  void aMemberThatWaitsForItsQuorumSaysSo() throws Exception {
    String initial = "--initial-cluster=default=" + url(peerPort) + ",b=" + url(Tools.freePort());
    try (ServerProcess server = launch(initial)) {
      Awaitility.await()
          .atMost(Duration.ofSeconds(20))
          .ignoreExceptions()
          .until(() -> get("/health").statusCode() == 503);
      assertThat(get("/health").body().strip())
          .isEqualTo("{\"health\":\"false\",\"reason\":\"RAFT NO LEADER\"}");
      assertThat(get("/livez").statusCode()).isEqualTo(200);
      assertThat(get("/readyz").statusCode()).isEqualTo(503);
      assertThat(get("/metrics").body()).contains("etcd_server_has_leader 0");
      assertThat(server.isAlive()).isTrue();
      server.sigterm();
      assertThat(server.awaitEnd()).isEqualTo(143);
    }
  }

  private static String url(int port) {
    return ServerProcess.url(port);
  }

  private HttpResponse<String> get(String path) throws IOException, InterruptedException {
    return HttpClient.newHttpClient()
        .send(
            HttpRequest.newBuilder(URI.create(url(metricsPort) + path)).build(),
            HttpResponse.BodyHandlers.ofString());
  }
}
