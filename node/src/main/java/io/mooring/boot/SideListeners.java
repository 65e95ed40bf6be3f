package io.mooring.boot;

import io.mooring.boot.config.NodeConfig.Urls;
import io.mooring.wire.http.HttpRoutes;
import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.Promise;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.HttpServerRequest;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;

/**
 * The listeners beside those of clients: metrics and health for those who watch over the member,
 * and the peer URLs, which tell the version until there are other members to talk to.
 */
final class SideListeners {

  private static final int MAX_HEADER_BYTES = 16 << 10;

  private final List<HttpServer> servers;

  private SideListeners(List<HttpServer> servers) {
    this.servers = servers;
  }

  /** Listens, on the duty loop. */
  static SideListeners start(Loops loops, ClientApi api, Urls urls) {
    HttpRoutes routes = api.httpOf(loops.duty());
    List<Future<HttpServer>> listening = new ArrayList<>();
    for (URI url : urls.listenMetrics()) {
      listening.add(listen(loops, url, request -> unlessVersion(routes, request)));
    }
    for (URI url : urls.listenPeer()) {
      listening.add(listen(loops, url, request -> onlyVersion(routes, request)));
    }
    Waiting.forIt(Future.all(listening), "listening");
    return new SideListeners(listening.stream().map(Future::result).toList());
  }

  void close() {
    Waiting.forIt(Future.join(servers.stream().map(HttpServer::close).toList()), "closing");
  }

  private static Future<HttpServer> listen(
      Loops loops, URI url, Handler<HttpServerRequest> handler) {
    HttpServer server =
        loops
            .vertx()
            .createHttpServer(new HttpServerOptions().setMaxHeaderSize(MAX_HEADER_BYTES))
            .requestHandler(handler);
    Promise<HttpServer> bound = loops.duty().promise();
    // A server lives on the context that it is bound from.
    loops
        .duty()
        .context()
        .runOnContext(v -> server.listen(url.getPort(), Ports.host(url)).onComplete(bound));
    return bound
        .future()
        .recover(
            cause ->
                Future.failedFuture(
                    new StartException(url + ": cannot listen: " + cause.getMessage())));
  }

  private static void unlessVersion(HttpRoutes routes, HttpServerRequest request) {
    if (request.path().equals("/version")) {
      notFound(request);
    } else {
      routes.handle(request);
    }
  }

  private static void onlyVersion(HttpRoutes routes, HttpServerRequest request) {
    if (request.path().equals("/version")) {
      routes.handle(request);
    } else {
      notFound(request);
    }
  }

  private static void notFound(HttpServerRequest request) {
    request
        .response()
        .setStatusCode(404)
        .putHeader("Content-Type", "text/plain; charset=utf-8")
        .end("404 page not found\n");
  }
}
