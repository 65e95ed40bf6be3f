package io.mooring.bench.wire;

import com.google.protobuf.Message;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.net.SocketAddress;
import io.vertx.grpc.client.GrpcClient;
import io.vertx.grpc.client.GrpcClientOptions;
import io.vertx.grpc.client.GrpcClientRequest;
import io.vertx.grpc.common.GrpcMessageDecoder;
import io.vertx.grpc.common.GrpcMessageEncoder;
import io.vertx.grpc.common.ServiceMethod;
import io.vertx.grpc.common.ServiceName;
import java.io.IOException;
import java.net.Socket;

/** A plain gRPC client over h2c, without retries. */
final class Client {

  private static final int MAX_MESSAGE_BYTES = 256 << 20;

  private final GrpcClient client;
  private final SocketAddress server;

  Client(Vertx vertx, String host, int port) {
    HttpClientOptions options =
        new HttpClientOptions()
            .setProtocolVersion(HttpVersion.HTTP_2)
            .setHttp2ClearTextUpgrade(false)
            .setHttp2MultiplexingLimit(1_000);
    this.client =
        GrpcClient.client(
            vertx, new GrpcClientOptions().setMaxMessageSize(MAX_MESSAGE_BYTES), options);
    this.server = SocketAddress.inetSocketAddress(port, host);
  }

  /** Whether a connection is accepted now. Blocks shortly. */
  boolean somebodyListens() {
    try (Socket socket = new Socket(server.host(), server.port())) {
      return socket.isConnected();
    } catch (IOException nobody) {
      return false;
    }
  }

  /** One unary call. */
  <A extends Message, B extends Message> Future<B> call(
      String service, String method, A request, B prototype) {
    return this.<A, B>open(service, method, prototype)
        .compose(call -> call.send(request))
        .compose(response -> response.last());
  }

  /** Opens a call, to be written to and read from by the caller. */
  <A extends Message, B extends Message> Future<GrpcClientRequest<A, B>> open(
      String service, String method, B prototype) {
    ServiceMethod<B, A> serviceMethod =
        ServiceMethod.client(
            ServiceName.create("etcdserverpb", service),
            method,
            GrpcMessageEncoder.encoder(),
            GrpcMessageDecoder.decoder(prototype));
    return client.request(server, serviceMethod);
  }
}
