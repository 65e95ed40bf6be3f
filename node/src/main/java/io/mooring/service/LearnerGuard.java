package io.mooring.service;

import io.mooring.api.etcdserverpb.RangeRequest;
import io.mooring.error.ServerError;
import io.vertx.core.Future;
import java.util.function.BooleanSupplier;

/**
 * Refuses what a learner does not serve: it may be far behind, and nobody counts on it. It says how
 * it is, answers serializable ranges from what it has, and gives that away whole, as etcd does
 * (server/etcdserver/api/v3rpc/interceptor.go). Comes before every check of a request.
 */
public final class LearnerGuard {

  /** Of a member that never is one. */
  public static final LearnerGuard NONE = new LearnerGuard(() -> false);

  private static final String STATUS = "/etcdserverpb.Maintenance/Status";
  private static final String SNAPSHOT = "/etcdserverpb.Maintenance/Snapshot";

  private final BooleanSupplier learner;

  /**
   * Creates a guard.
   *
   * @param learner whether this member is a learner now; asked for every call, on any client loop
   */
  public LearnerGuard(BooleanSupplier learner) {
    this.learner = learner;
  }

  /** Guards a unary RPC. */
  public <Q> UnaryMethod<Q> unary(String path, UnaryMethod<Q> method) {
    if (path.equals(STATUS)) {
      return method;
    }
    return (context, request) ->
        learner.getAsBoolean() && !isLocal(request)
            ? Future.failedFuture(ServerError.LEARNER_UNSUPPORTED.exception())
            : method.call(context, request);
  }

  /** Guards an RPC that answers with a stream. */
  public <Q> ServerStreamMethod<Q> serverStream(String path, ServerStreamMethod<Q> method) {
    if (path.equals(SNAPSHOT)) {
      return method;
    }
    return (context, request, replies) -> {
      if (learner.getAsBoolean()) {
        replies.fail(ServerError.LEARNER_UNSUPPORTED);
      } else {
        method.call(context, request, replies);
      }
    };
  }

  /** Guards an RPC with streams both ways. */
  public <Q> BidiMethod<Q> bidi(BidiMethod<Q> method) {
    return (context, replies) -> {
      if (learner.getAsBoolean()) {
        replies.fail(ServerError.LEARNER_UNSUPPORTED);
        return request -> {};
      }
      return method.open(context, replies);
    };
  }

  private static boolean isLocal(Object request) {
    return request instanceof RangeRequest range && range.getSerializable();
  }
}
