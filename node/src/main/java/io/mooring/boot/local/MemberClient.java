package io.mooring.boot.local;

import com.google.protobuf.Message;
import io.mooring.api.etcdserverpb.StatusRequest;
import io.mooring.api.etcdserverpb.StatusResponse;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.net.SocketAddress;
import io.vertx.grpc.client.GrpcClient;
import io.vertx.grpc.client.GrpcClientRequest;
import io.vertx.grpc.client.GrpcClientResponse;
import io.vertx.grpc.common.GrpcMessageDecoder;
import io.vertx.grpc.common.GrpcMessageEncoder;
import io.vertx.grpc.common.GrpcStatus;
import io.vertx.grpc.common.ServiceMethod;
import io.vertx.grpc.common.ServiceName;
import java.util.concurrent.TimeUnit;

/** Asks members of a cluster on this machine, as any client would. */
final class MemberClient {

  private static final long TIMEOUT_MS = 2_000;

  private final GrpcClient client;

  MemberClient(Vertx vertx) {
    client = GrpcClient.client(vertx);
  }

  /** What a member says of itself. */
  Future<StatusResponse> status(int port) {
    return call(
        port,
        "Maintenance",
        "Status",
        StatusRequest.getDefaultInstance(),
        StatusResponse.getDefaultInstance());
  }

  /**
   * A call with one request and one response; a stream of one each counts.
   *
   * @param reply default instance of the response
   * @return fails when there is no answer in 2 s, or one that is not OK
   */
  <R extends Message> Future<R> call(
      int port, String service, String method, Message request, R reply) {
    ServiceMethod<R, Message> called =
        ServiceMethod.client(
            ServiceName.create("etcdserverpb", service),
            method,
            GrpcMessageEncoder.encoder(),
            GrpcMessageDecoder.decoder(reply));
    return client
        .request(SocketAddress.inetSocketAddress(port, "127.0.0.1"), called)
        .compose((GrpcClientRequest<Message, R> call) -> call.send(request))
        .compose(MemberClient::answer)
        // Of the connection, too: something else may have the port, and never answer.
        .timeout(TIMEOUT_MS, TimeUnit.MILLISECONDS);
  }

  private static <R extends Message> Future<R> answer(GrpcClientResponse<Message, R> response) {
    return response
        .last()
        .compose(
            message ->
                response.status() == GrpcStatus.OK || response.status() == null
                    ? Future.succeededFuture(message)
                    : Future.failedFuture(response.status() + " " + response.statusMessage()));
  }

  Future<Void> close() {
    return client.close();
  }
}
