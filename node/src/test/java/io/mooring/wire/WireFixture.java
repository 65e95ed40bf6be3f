package io.mooring.wire;

import com.google.protobuf.MessageLite;
import io.grpc.CallOptions;
import io.grpc.ManagedChannel;
import io.grpc.MethodDescriptor;
import io.grpc.netty.NettyChannelBuilder;
import io.grpc.protobuf.lite.ProtoLiteUtils;
import io.grpc.stub.ClientCalls;
import io.mooring.loop.Loop;
import io.mooring.service.LearnerGuard;
import io.mooring.wire.grpc.GrpcFront;
import io.mooring.wire.grpc.GrpcRoutes;
import io.mooring.wire.grpc.GrpcStats;
import io.vertx.core.Handler;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServerRequest;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;
import java.util.function.BiFunction;

/** A listening server with routes of the test's choice, and a grpc-java channel to it. */
public final class WireFixture implements AutoCloseable {

  /** Whether the member says that it is a learner. */
  public volatile boolean learner;

  public static final int MAX_MESSAGE_BYTES = 2 << 20;

  private final Vertx vertx = Vertx.vertx();
  private final GrpcStats stats = new GrpcStats();
  private final ClientServer server;
  private final ManagedChannel channel;
  private volatile boolean hasLeader = true;

  public WireFixture(BiConsumer<GrpcRoutes, Loop> routesOf) throws Exception {
    this(2, routesOf, (vertx, loop) -> request -> request.response().setStatusCode(404).end());
  }

  public WireFixture(
      int loops,
      BiConsumer<GrpcRoutes, Loop> routesOf,
      BiFunction<Vertx, Loop, Handler<HttpServerRequest>> httpOf)
      throws Exception {
    server =
        ClientServer.start(
                vertx,
                List.of(ClientListener.of("127.0.0.1", 0)),
                loops,
                loop -> {
                  GrpcRoutes routes = new GrpcRoutes(new LearnerGuard(() -> learner));
                  routesOf.accept(routes, loop);
                  GrpcFront front =
                      new GrpcFront(vertx, loop, MAX_MESSAGE_BYTES, routes, stats, () -> hasLeader);
                  return new ClientFaces(front, httpOf.apply(vertx, loop), front::drain);
                })
            .toCompletionStage()
            .toCompletableFuture()
            .get(10, TimeUnit.SECONDS);
    channel = NettyChannelBuilder.forAddress("127.0.0.1", port()).usePlaintext().build();
  }

  public int port() {
    return server.ports().get(0);
  }

  public ManagedChannel channel() {
    return channel;
  }

  public Vertx vertx() {
    return vertx;
  }

  public GrpcStats stats() {
    return stats;
  }

  public void hasLeader(boolean value) {
    hasLeader = value;
  }

  /** A method of the API by path, for grpc-java. */
  public static <Q extends MessageLite, R extends MessageLite> MethodDescriptor<Q, R> method(
      MethodDescriptor.MethodType type, String path, Q request, R reply) {
    return MethodDescriptor.<Q, R>newBuilder()
        .setType(type)
        .setFullMethodName(path.substring(1))
        .setRequestMarshaller(ProtoLiteUtils.marshaller(request))
        .setResponseMarshaller(ProtoLiteUtils.marshaller(reply))
        .build();
  }

  /** Calls a unary method and waits. */
  public <Q extends MessageLite, R extends MessageLite> R call(String path, Q request, R reply) {
    return call(path, request, reply, CallOptions.DEFAULT.withDeadlineAfter(20, TimeUnit.SECONDS));
  }

  /** Calls a unary method and waits. */
  public <Q extends MessageLite, R extends MessageLite> R call(
      String path, Q request, R reply, CallOptions options) {
    return ClientCalls.blockingUnaryCall(
        channel, method(MethodDescriptor.MethodType.UNARY, path, request, reply), options, request);
  }

  @Override
  public void close() throws Exception {
    channel.shutdownNow();
    server.stop().toCompletionStage().toCompletableFuture().get(10, TimeUnit.SECONDS);
    vertx.close().toCompletionStage().toCompletableFuture().get(10, TimeUnit.SECONDS);
  }
}
