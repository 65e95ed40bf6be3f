package io.mooring.boot;

import static org.assertj.core.api.Assertions.assertThat;

import io.mooring.api.testing.Covers;
import io.mooring.loop.VertxLoop;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServer;
import io.vertx.core.internal.VertxInternal;
import java.io.IOException;
import java.net.Socket;
import java.net.URI;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class ListeningTest {

  private static final int LIMIT_MS = 20_000;

  @Test
  @Covers("B95")
  void whoeverConnectsAndSaysNothingIsTimedOut() throws Exception {
    Vertx vertx = Vertx.vertx();
    VertxLoop loop = new VertxLoop(((VertxInternal) vertx).createEventLoopContext());
    HttpServer server =
        Listening.on(vertx, loop, URI.create("http://127.0.0.1:0"), 1, Listening::notFound)
            .toCompletionStage()
            .toCompletableFuture()
            .get(LIMIT_MS, TimeUnit.MILLISECONDS);
    try (Socket silent = new Socket("127.0.0.1", server.actualPort())) {
      assertEnds(silent);
    }
    try (Socket half = new Socket("127.0.0.1", server.actualPort())) {
      half.getOutputStream().write("PRI * HT".getBytes(java.nio.charset.StandardCharsets.US_ASCII));
      assertEnds(half);
    } finally {
      vertx.close().toCompletionStage().toCompletableFuture().get(LIMIT_MS, TimeUnit.MILLISECONDS);
    }
  }

  /** The other end closes it, before this end's own patience ends with an exception. */
  private static void assertEnds(Socket socket) throws IOException {
    socket.setSoTimeout(LIMIT_MS);
    assertThat(socket.getInputStream().read()).isEqualTo(-1);
  }
}
