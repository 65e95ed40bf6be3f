package io.mooring.bench.wire;

import io.mooring.api.etcdserverpb.PutRequest;
import io.mooring.api.etcdserverpb.PutResponse;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServer;
import io.vertx.grpc.common.GrpcMessageDecoder;
import io.vertx.grpc.common.GrpcMessageEncoder;
import io.vertx.grpc.common.ServiceMethod;
import io.vertx.grpc.common.ServiceName;
import io.vertx.grpc.server.GrpcServer;
import java.util.concurrent.ExecutionException;

/**
 * Lets a client put to a server in its own process for a while. The first call of a cold client
 * takes longer than a server that has just started needs to answer it.
 */
final class Practice {

  private static final int CALLS = 2_000;

  private Practice() {}

  static void run(Vertx vertx, PutRequest put) throws ExecutionException, InterruptedException {
    GrpcServer answers = GrpcServer.server(vertx);
    ServiceMethod<PutRequest, PutResponse> method =
        ServiceMethod.server(
            ServiceName.create("etcdserverpb", "KV"),
            "Put",
            GrpcMessageEncoder.encoder(),
            GrpcMessageDecoder.decoder(PutRequest.getDefaultInstance()));
    answers.callHandler(
        method,
        call -> call.handler(message -> call.response().end(PutResponse.getDefaultInstance())));
    HttpServer server =
        WireBench.await(vertx.createHttpServer().requestHandler(answers).listen(0, "127.0.0.1"));
    Client client = new Client(vertx, "127.0.0.1", server.actualPort());
    for (int i = 0; i < CALLS; i++) {
      WireBench.await(client.call("KV", "Put", put, PutResponse.getDefaultInstance()));
    }
    WireBench.await(server.close());
  }
}
