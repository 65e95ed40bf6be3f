package io.mooring.boot;

import io.mooring.boot.config.NodeConfig.Urls;
import io.mooring.wire.http.HttpRoutes;
import io.mooring.wire.http.VersionPage;
import io.vertx.core.Future;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerRequest;
import java.util.List;

/** The listeners for those who watch over the member: metrics and health. On the duty loop. */
final class SideListeners {

  private final List<HttpServer> servers;

  private SideListeners(List<HttpServer> servers) {
    this.servers = servers;
  }

  /** Listens. */
  static SideListeners start(Loops loops, ClientApi api, Urls urls) {
    HttpRoutes routes = api.httpOf(loops.duty());
    List<Future<HttpServer>> listening =
        urls.listenMetrics().stream()
            .map(
                url ->
                    Listening.on(
                        loops.vertx(),
                        loops.duty(),
                        url,
                        request -> unlessVersion(routes, request)))
            .toList();
    Waiting.forIt(Future.all(listening), "listening");
    return new SideListeners(listening.stream().map(Future::result).toList());
  }

  void close() {
    Waiting.forIt(Future.join(servers.stream().map(HttpServer::close).toList()), "closing");
  }

  private static void unlessVersion(HttpRoutes routes, HttpServerRequest request) {
    if (request.path().equals(VersionPage.PATH)) {
      Listening.notFound(request);
    } else {
      routes.handle(request);
    }
  }
}
