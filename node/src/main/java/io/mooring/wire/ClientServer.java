package io.mooring.wire;

import io.mooring.loop.VertxLoop;
import io.vertx.core.DeploymentOptions;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/** The client listeners of a member, on all client loops together. */
public final class ClientServer {

  private final Vertx vertx;
  private final List<Integer> ports;
  private final List<String> deployments;

  private ClientServer(Vertx vertx, List<Integer> ports, List<String> deployments) {
    this.vertx = vertx;
    this.ports = ports;
    this.deployments = deployments;
  }

  /**
   * Listens.
   *
   * @param loopCount client loops, 1 or more
   * @param facesOf called once for each loop, on that loop
   * @return fails with a message that names the address when one cannot be bound
   */
  public static Future<ClientServer> start(
      Vertx vertx,
      List<ClientListener> listeners,
      int loopCount,
      Function<VertxLoop, ClientFaces> facesOf) {
    List<ClientListener> shared = sharePorts(listeners);
    List<ClientVerticle> verticles = new ArrayList<>();
    List<Future<String>> deployed = new ArrayList<>();
    for (int i = 0; i < loopCount; i++) {
      ClientVerticle verticle = new ClientVerticle(shared, facesOf);
      verticles.add(verticle);
      deployed.add(vertx.deployVerticle(verticle, new DeploymentOptions()));
    }
    return Future.join(deployed)
        .map(
            all ->
                new ClientServer(
                    vertx,
                    verticles.get(0).ports(),
                    deployed.stream().map(Future::result).toList()))
        .recover(cause -> undo(vertx, deployed).transform(done -> Future.failedFuture(cause)));
  }

  /** The bound ports, in the order of the listeners. */
  public List<Integer> ports() {
    return ports;
  }

  /**
   * Stops listening, lets what is under way come to its end, at most 7 s, and closes every
   * connection.
   */
  public Future<Void> stop() {
    return Future.join(deployments.stream().map(vertx::undeploy).toList()).mapEmpty();
  }

  /** Vert.x gives each server of port 0 a port of its own, those of an equal negative port one. */
  private static List<ClientListener> sharePorts(List<ClientListener> listeners) {
    List<ClientListener> shared = new ArrayList<>();
    for (int i = 0; i < listeners.size(); i++) {
      ClientListener listener = listeners.get(i);
      int port = listener.port() == 0 ? -1 - i : listener.port();
      shared.add(new ClientListener(listener.host(), port, listener.maxConcurrentStreams()));
    }
    return List.copyOf(shared);
  }

  private static Future<Void> undo(Vertx vertx, List<Future<String>> deployed) {
    List<Future<Void>> undeployed = new ArrayList<>();
    for (Future<String> one : deployed) {
      if (one.succeeded()) {
        undeployed.add(vertx.undeploy(one.result()));
      }
    }
    return Future.join(undeployed).mapEmpty();
  }
}
