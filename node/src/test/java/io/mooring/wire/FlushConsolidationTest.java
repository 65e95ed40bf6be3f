package io.mooring.wire;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundHandlerAdapter;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.net.impl.ConnectionBase;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Replies written in one turn, outside a read event, leave in few system calls. */
class FlushConsolidationTest {

  private static final int CALLS = 200;

  private final Vertx vertx = Vertx.vertx();
  private final FlushConsolidation flushes = new FlushConsolidation();
  private final AtomicInteger reachedSocket = new AtomicInteger();
  private final AtomicInteger answeredAt = new AtomicInteger();

  /** Touched by the one server loop only. */
  private final List<HttpServerRequest> waiting = new ArrayList<>();

  @AfterEach
  void stop() throws Exception {
    await(vertx.close());
  }

  private static <T> T await(Future<T> future) throws Exception {
    return future.toCompletionStage().toCompletableFuture().get(20, TimeUnit.SECONDS);
  }

  /** Counts what passes towards the socket, and installs what is tested before it, or not. */
  private void accept(HttpConnection connection, boolean consolidated) {
    if (consolidated) {
      assertThat(flushes.install(connection)).isTrue();
    }
    ((ConnectionBase) connection)
        .channel()
        .pipeline()
        .addFirst(
            new ChannelOutboundHandlerAdapter() {
              @Override
              public void flush(ChannelHandlerContext context) throws Exception {
                reachedSocket.incrementAndGet();
                super.flush(context);
              }
            });
  }

  private void hold(HttpServerRequest request) {
    waiting.add(request);
    if (waiting.size() == CALLS) {
      // Not in this read event, as after an fsync.
      vertx.setTimer(
          20,
          timer -> {
            answeredAt.set(reachedSocket.get());
            waiting.forEach(
                held -> {
                  held.response().putTrailer("grpc-status", "0").end("reply");
                });
          });
    }
  }

  private int flushesOfOneTurn(HttpVersion version, boolean consolidated) throws Exception {
    int port =
        await(
                vertx
                    .createHttpServer(ClientListener.of("127.0.0.1", 0).options())
                    .connectionHandler(connection -> accept(connection, consolidated))
                    .requestHandler(this::hold)
                    .listen())
            .actualPort();
    HttpClient client =
        vertx.createHttpClient(
            new HttpClientOptions()
                .setProtocolVersion(version)
                .setHttp2ClearTextUpgrade(false)
                .setDefaultPort(port)
                .setDefaultHost("127.0.0.1"));
    List<Future<?>> calls = new ArrayList<>();
    for (int i = 0; i < CALLS; i++) {
      calls.add(
          client
              .request(HttpMethod.POST, "/")
              .compose(request -> request.send())
              .compose(HttpClientResponse::body));
    }
    await(Future.all(calls));
    return reachedSocket.get() - answeredAt.get();
  }

  @Test
  void oneTurnIsFewFlushes() throws Exception {
    assertThat(flushesOfOneTurn(HttpVersion.HTTP_2, true)).isBetween(1, 10);
  }

  @Test
  void withoutItEachFrameIsFlushed() throws Exception {
    assertThat(flushesOfOneTurn(HttpVersion.HTTP_2, false)).isGreaterThan(CALLS);
  }
}
