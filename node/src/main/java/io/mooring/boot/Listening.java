package io.mooring.boot;

import io.mooring.loop.VertxLoop;
import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.HttpServerRequest;
import java.net.URI;
import java.util.concurrent.TimeUnit;

/** Binds listeners that are no client's. */
final class Listening {

  private static final int MAX_HEADER_BYTES = 16 << 10;

  /** Far above the pings of a link; ends connections whose other end says nothing. */
  static final int IDLE_SECONDS = 120;

  private Listening() {}

  /** Listens on a loop, for connections that are not idle for too long. */
  static Future<HttpServer> on(
      Vertx vertx, VertxLoop loop, URI url, Handler<HttpServerRequest> handler) {
    return on(vertx, loop, url, IDLE_SECONDS, handler);
  }

  /** Listens on a loop; fails with a {@link StartException} that names the URL. */
  static Future<HttpServer> on(
      Vertx vertx, VertxLoop loop, URI url, int idleSeconds, Handler<HttpServerRequest> handler) {
    HttpServer server =
        vertx
            .createHttpServer(
                new HttpServerOptions()
                    .setMaxHeaderSize(MAX_HEADER_BYTES)
                    .setIdleTimeout(idleSeconds)
                    .setIdleTimeoutUnit(TimeUnit.SECONDS))
            .requestHandler(handler);
    Promise<HttpServer> bound = loop.promise();
    // A server lives on the context that it is bound from.
    loop.context()
        .runOnContext(v -> server.listen(url.getPort(), Ports.host(url)).onComplete(bound));
    return bound
        .future()
        .recover(
            cause ->
                Future.failedFuture(
                    new StartException(url + ": cannot listen: " + cause.getMessage())));
  }

  static void notFound(HttpServerRequest request) {
    request
        .response()
        .setStatusCode(404)
        .putHeader("Content-Type", "text/plain; charset=utf-8")
        .end("404 page not found\n");
  }
}
