package io.mooring.wire.grpc;

import com.google.protobuf.MessageLite;
import com.google.protobuf.Parser;
import io.mooring.base.Check;
import io.mooring.service.BidiMethod;
import io.mooring.service.LearnerGuard;
import io.mooring.service.ServerStreamMethod;
import io.mooring.service.UnaryMethod;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Which service method answers which RPC. One table for each client loop, since services may keep
 * state of their loop; filled before the server listens.
 */
public final class GrpcRoutes {

  private final Map<String, Route<?>> byPath = new LinkedHashMap<>();
  private final LearnerGuard guard;

  /**
   * An empty table.
   *
   * @param guard what calls pass first
   */
  public GrpcRoutes(LearnerGuard guard) {
    this.guard = guard;
  }

  /**
   * One RPC that is served; exactly one of the three handlers is there.
   *
   * @param method the RPC
   * @param parser of its request messages
   */
  record Route<Q extends MessageLite>(
      GrpcMethod method,
      Parser<Q> parser,
      @Nullable UnaryMethod<Q> unary,
      @Nullable ServerStreamMethod<Q> serverStream,
      @Nullable BidiMethod<Q> bidi) {}

  /**
   * Serves a unary RPC.
   *
   * @param path such as {@code /etcdserverpb.KV/Put}; an RPC of the API, not served yet
   */
  public <Q extends MessageLite> GrpcRoutes unary(
      String path, Parser<Q> parser, UnaryMethod<Q> handler) {
    return add(path, GrpcMethod.Kind.UNARY, m -> new Route<>(m, parser, handler, null, null));
  }

  /** Serves an RPC that answers with a stream. */
  public <Q extends MessageLite> GrpcRoutes serverStream(
      String path, Parser<Q> parser, ServerStreamMethod<Q> handler) {
    return add(
        path, GrpcMethod.Kind.SERVER_STREAM, m -> new Route<>(m, parser, null, handler, null));
  }

  /** Serves an RPC with streams both ways. */
  public <Q extends MessageLite> GrpcRoutes bidi(
      String path, Parser<Q> parser, BidiMethod<Q> handler) {
    return add(path, GrpcMethod.Kind.BIDI_STREAM, m -> new Route<>(m, parser, null, null, handler));
  }

  /** What calls pass first. */
  LearnerGuard guard() {
    return guard;
  }

  /** The table; read only. */
  Map<String, Route<?>> byPath() {
    return byPath;
  }

  private GrpcRoutes add(String path, GrpcMethod.Kind kind, Function<GrpcMethod, Route<?>> route) {
    GrpcMethod method = Check.present(EtcdApi.byPath(path), "route to an RPC that the API lacks");
    Check.that(method.kind() == kind, "route of another kind than its RPC");
    Check.that(byPath.put(path, route.apply(method)) == null, "RPC served twice");
    return this;
  }
}
