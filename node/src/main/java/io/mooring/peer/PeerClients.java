package io.mooring.peer;

import io.vertx.core.Vertx;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpVersion;
import io.vertx.grpc.client.GrpcClient;
import io.vertx.grpc.client.GrpcClientOptions;
import java.util.concurrent.TimeUnit;

/** Makes what connects to other members' peer URLs. */
final class PeerClients {

  private PeerClients() {}

  /** For a member that knows its cluster. */
  static GrpcClient of(Vertx vertx, PeerConfig config) {
    return of(vertx, config.maxFrameBytes(), config.connectTimeoutNs());
  }

  /**
   * For whoever else.
   *
   * @param maxMessageBytes of one that arrives
   */
  static GrpcClient of(Vertx vertx, int maxMessageBytes, long connectTimeoutNs) {
    return GrpcClient.client(
        vertx,
        new GrpcClientOptions().setMaxMessageSize(maxMessageBytes),
        new HttpClientOptions()
            .setProtocolVersion(HttpVersion.HTTP_2)
            .setHttp2ClearTextUpgrade(false)
            .setTcpNoDelay(true)
            .setConnectTimeout((int) TimeUnit.NANOSECONDS.toMillis(connectTimeoutNs)));
  }
}
