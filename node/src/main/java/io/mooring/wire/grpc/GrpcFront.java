package io.mooring.wire.grpc;

import com.google.protobuf.MessageLite;
import io.mooring.base.Check;
import io.mooring.error.Code;
import io.mooring.error.EtcdError;
import io.mooring.error.ServerError;
import io.mooring.error.TransportError;
import io.mooring.loop.Loop;
import io.mooring.service.CallContext;
import io.mooring.service.LearnerGuard;
import io.mooring.wire.grpc.GrpcRoutes.Route;
import io.mooring.wire.grpc.StatusMapper.Ending;
import io.vertx.core.Handler;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.grpc.common.GrpcHeaderNames;
import io.vertx.grpc.common.GrpcMessageDecoder;
import io.vertx.grpc.common.GrpcMessageEncoder;
import io.vertx.grpc.common.ServiceMethod;
import io.vertx.grpc.common.ServiceName;
import io.vertx.grpc.server.GrpcProtocol;
import io.vertx.grpc.server.GrpcServer;
import io.vertx.grpc.server.GrpcServerOptions;
import io.vertx.grpc.server.GrpcServerRequest;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The gRPC face of one client loop: takes HTTP/2 requests, settles everything that concerns the
 * call rather than its message (path, encoding, metadata, deadline), and starts an {@link
 * Exchange}.
 */
public final class GrpcFront implements Handler<HttpServerRequest> {

  private final Loop loop;
  private final int maxMessageBytes;
  private final GrpcRoutes routes;
  private final GrpcStats stats;
  private final BooleanSupplier hasLeader;
  private final GrpcServer server;
  private final Set<Exchange<?>> endless = new HashSet<>();
  private @Nullable HttpServerRequest arriving;
  private int finiteCount;
  private boolean draining;

  /**
   * Creates the face of a loop.
   *
   * @param maxMessageBytes of one request message, after inflating
   * @param routes what is served
   * @param stats shared by all loops of the member
   * @param hasLeader whether this member knows a leader now; never blocks
   */
  public GrpcFront(
      Vertx vertx,
      Loop loop,
      int maxMessageBytes,
      GrpcRoutes routes,
      GrpcStats stats,
      BooleanSupplier hasLeader) {
    this.loop = loop;
    this.maxMessageBytes = maxMessageBytes;
    this.routes = routes;
    this.stats = stats;
    this.hasLeader = hasLeader;
    this.server =
        GrpcServer.server(
            vertx,
            new GrpcServerOptions()
                .setMaxMessageSize(maxMessageBytes)
                .removeEnabledProtocol(GrpcProtocol.WEB)
                .removeEnabledProtocol(GrpcProtocol.WEB_TEXT)
                .removeEnabledProtocol(GrpcProtocol.TRANSCODING));
    for (Route<?> route : routes.byPath().values()) {
      serve(route);
    }
  }

  /** Whether a request is gRPC, by its content type. */
  public static boolean isGrpc(HttpServerRequest request) {
    String type = request.getHeader("content-type");
    return type != null && type.startsWith("application/grpc");
  }

  @Override
  public void handle(HttpServerRequest request) {
    String path = request.uri();
    if (!routes.byPath().containsKey(path)) {
      refuse(request, unimplemented(path));
      return;
    }
    String encoding = request.getHeader(GrpcHeaderNames.GRPC_ENCODING);
    if (encoding == null) {
      // vertx-grpc throws at a message with the compressed flag when no encoding was named.
      request.headers().set(GrpcHeaderNames.GRPC_ENCODING, Exchange.IDENTITY);
    } else if (!encoding.equals(Exchange.IDENTITY) && !encoding.equals(Exchange.GZIP)) {
      refuse(
          request,
          new TransportError(
              Code.UNIMPLEMENTED,
              "grpc: Decompressor is not installed for grpc-encoding \"" + encoding + "\""));
      return;
    }
    // vertx-grpc calls the route before it returns, without passing the HTTP request on.
    arriving = request;
    server.handle(request);
    arriving = null;
  }

  /**
   * The member stops: streams that end only by their client's will are ended, once every other call
   * has been answered. Clients open them again elsewhere; a call cut short would leave its client
   * in doubt. On the loop.
   */
  public void drain() {
    draining = true;
    endEndless();
  }

  void opened(Exchange<?> exchange) {
    if (exchange.endless()) {
      endless.add(exchange);
      endEndless();
    } else {
      finiteCount++;
    }
  }

  void closed(Exchange<?> exchange) {
    if (exchange.endless()) {
      endless.remove(exchange);
    } else {
      finiteCount--;
      endEndless();
    }
  }

  private void endEndless() {
    if (draining && finiteCount == 0 && !endless.isEmpty()) {
      List.copyOf(endless).forEach(exchange -> exchange.finish(ServerError.STOPPED));
    }
  }

  LearnerGuard guard() {
    return routes.guard();
  }

  Loop loop() {
    return loop;
  }

  int maxMessageBytes() {
    return maxMessageBytes;
  }

  GrpcStats stats() {
    return stats;
  }

  private <Q extends MessageLite> void serve(Route<Q> route) {
    GrpcMethod method = route.method();
    int dot = method.service().lastIndexOf('.');
    ServiceName service =
        ServiceName.create(method.service().substring(0, dot), method.service().substring(dot + 1));
    // Messages pass as bytes: decoding is ours, for exact errors and bounded depth.
    ServiceMethod<Buffer, Buffer> bytes =
        ServiceMethod.server(
            service, method.name(), GrpcMessageEncoder.IDENTITY, GrpcMessageDecoder.IDENTITY);
    server.callHandler(bytes, request -> begin(route, request));
  }

  private <Q extends MessageLite> void begin(
      Route<Q> route, GrpcServerRequest<Buffer, Buffer> request) {
    Metadata metadata = Metadata.of(request.headers());
    boolean unary = route.unary() != null;
    stats.clientCall(metadata.clientVersion(), unary);
    long timeoutNs = metadata.timeoutNs();
    long deadlineNs = timeoutNs < 0 ? CallContext.NO_DEADLINE : loop.nowNs() + timeoutNs;
    CallContext context =
        CallContext.arriving(loop, deadlineNs, metadata.token(), metadata.requireLeader());
    HttpServerResponse http = Check.present(arriving, "a call outside its request").response();
    if (unary) {
      new UnaryExchange<>(this, route, request, http, context, intercept(metadata))
          .start(deadlineNs);
      return;
    }
    StreamExchange<Q> stream = new StreamExchange<>(this, route, request, http, context);
    stream.start(deadlineNs);
    EtcdError refusal = guard().stream(route.method().path());
    if (refusal == null) {
      refusal = intercept(metadata);
    }
    if (refusal != null) {
      stream.fail(refusal);
    } else {
      stream.open();
    }
  }

  /** What etcd's interceptors refuse behind the learner's guard, in their order. */
  private @Nullable EtcdError intercept(Metadata metadata) {
    if (!metadata.clientVersionValid()) {
      return ServerError.INVALID_CLIENT_VERSION;
    }
    return metadata.requireLeader() && !hasLeader.getAsBoolean() ? ServerError.NO_LEADER : null;
  }

  /** grpc-go's texts for paths that lead nowhere, and ours for what is still to come. */
  private static EtcdError unimplemented(String path) {
    GrpcMethod known = EtcdApi.byPath(path);
    if (known != null) {
      String service = known.service().substring(known.service().lastIndexOf('.') + 1);
      return new TransportError(
          Code.UNIMPLEMENTED, "mooring: " + service + "/" + known.name() + " is not available yet");
    }
    int slash = path.lastIndexOf('/');
    if (path.isEmpty() || path.charAt(0) != '/' || slash <= 0) {
      return new TransportError(Code.UNIMPLEMENTED, "malformed method name: \"" + path + "\"");
    }
    String service = path.substring(1, slash);
    String text =
        EtcdApi.hasService(service)
            ? "unknown method " + path.substring(slash + 1) + " for service " + service
            : "unknown service " + service;
    return new TransportError(Code.UNIMPLEMENTED, text);
  }

  private static void refuse(HttpServerRequest request, EtcdError error) {
    Ending ending = StatusMapper.of(error);
    HttpServerResponse response = request.response();
    response.putHeader("content-type", "application/grpc");
    response.putHeader(GrpcHeaderNames.GRPC_STATUS, ending.status().toString());
    response.putHeader(GrpcHeaderNames.GRPC_MESSAGE, ending.message());
    response.end();
  }
}
