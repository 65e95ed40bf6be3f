package io.mooring.wire;

import io.mooring.loop.VertxLoop;
import io.mooring.wire.grpc.GrpcFront;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpVersion;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;

/**
 * Binds the client faces to one loop. Deployed once for each client loop; the instances share the
 * addresses, and Vert.x spreads connections over them. For a free port, shared by all instances,
 * the port is -1 (see {@link ClientServer}).
 */
final class ClientVerticle extends VerticleBase {

  /** As etcd: what has not been answered by then is cut. */
  private static final long DRAIN_SECONDS = 7;

  private final List<ClientListener> listeners;
  private final Function<VertxLoop, ClientFaces> facesOf;
  private final FlushConsolidation flushes = new FlushConsolidation();
  private final List<HttpServer> servers = new ArrayList<>();
  private Runnable drain = () -> {};

  /**
   * Creates one instance.
   *
   * @param facesOf builds the faces, on the loop, before anything listens
   */
  ClientVerticle(List<ClientListener> listeners, Function<VertxLoop, ClientFaces> facesOf) {
    this.listeners = listeners;
    this.facesOf = facesOf;
  }

  @Override
  public Future<?> start() {
    ClientFaces faces = facesOf.apply(new VertxLoop(context));
    drain = faces.drain();
    List<Future<HttpServer>> listening = new ArrayList<>();
    for (ClientListener listener : listeners) {
      HttpServer server =
          vertx
              .createHttpServer(listener.options())
              .connectionHandler(
                  connection -> {
                    flushes.install(connection);
                    AnyAuthority.install(connection);
                  })
              .requestHandler(request -> dispatch(faces, request));
      servers.add(server);
      listening.add(server.listen());
    }
    return Future.all(listening);
  }

  /** Every connection hears that no new call is taken, and closes when its last one has ended. */
  @Override
  public Future<?> stop() {
    List<Future<Void>> closed = new ArrayList<>();
    for (HttpServer server : servers) {
      closed.add(server.shutdown(DRAIN_SECONDS, TimeUnit.SECONDS));
    }
    drain.run();
    return Future.join(closed);
  }

  /** The bound ports, in the order of the listeners. Any thread, once started. */
  List<Integer> ports() {
    return servers.stream().map(HttpServer::actualPort).toList();
  }

  private static void dispatch(ClientFaces faces, HttpServerRequest request) {
    if (request.version() == HttpVersion.HTTP_2) {
      if (GrpcFront.isGrpc(request)) {
        faces.grpc().handle(request);
      } else {
        // In plain text HTTP/2 is gRPC only, as etcd has it.
        request.response().setStatusCode(415).end();
      }
    } else {
      faces.http().handle(request);
    }
  }
}
