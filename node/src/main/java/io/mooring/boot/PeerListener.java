package io.mooring.boot;

import io.mooring.wire.http.VersionPage;
import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerRequest;
import java.net.URI;
import java.util.List;

/** The peer URLs: other members' calls, and the version for everybody. On the peer loop. */
final class PeerListener {

  private static final String GRPC = "application/grpc";

  private final List<HttpServer> servers;

  private PeerListener(List<HttpServer> servers) {
    this.servers = servers;
  }

  /**
   * Listens.
   *
   * @param calls takes what is gRPC
   */
  static PeerListener start(
      Loops loops, List<URI> urls, Handler<HttpServerRequest> calls, VersionPage version) {
    List<Future<HttpServer>> listening =
        urls.stream()
            .map(url -> Listening.on(loops.vertx(), loops.peer(), url, either(calls, version)))
            .toList();
    Waiting.forIt(Future.all(listening), "listening for members");
    return new PeerListener(listening.stream().map(Future::result).toList());
  }

  void close() {
    Waiting.forIt(Future.join(servers.stream().map(HttpServer::close).toList()), "closing");
  }

  private static Handler<HttpServerRequest> either(
      Handler<HttpServerRequest> calls, VersionPage version) {
    return request -> {
      String type = request.getHeader("content-type");
      if (type != null && type.startsWith(GRPC)) {
        calls.handle(request);
      } else if (request.path().equals(VersionPage.PATH)) {
        version.handle(request);
      } else {
        Listening.notFound(request);
      }
    };
  }
}
