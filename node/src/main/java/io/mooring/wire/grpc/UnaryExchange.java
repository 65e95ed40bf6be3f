package io.mooring.wire.grpc;

import com.google.protobuf.MessageLite;
import io.mooring.base.Check;
import io.mooring.error.Code;
import io.mooring.error.EtcdError;
import io.mooring.error.TransportError;
import io.mooring.service.CallContext;
import io.mooring.service.LearnerGuard;
import io.mooring.service.Payload;
import io.mooring.service.UnaryMethod;
import io.vertx.core.AsyncResult;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.grpc.server.GrpcServerRequest;
import org.jspecify.annotations.Nullable;

/** A call of one request and one reply. */
final class UnaryExchange<Q extends MessageLite> extends Exchange<Q> {

  private final CallContext context;
  private final UnaryMethod<Q> handler;
  private final LearnerGuard guard;
  private final @Nullable EtcdError refusal;
  private boolean asked;

  UnaryExchange(
      GrpcFront front,
      GrpcRoutes.Route<Q> route,
      GrpcServerRequest<Buffer, Buffer> request,
      HttpServerResponse http,
      CallContext context,
      @Nullable EtcdError refusal) {
    super(front, route, request, http);
    this.context = context;
    this.guard = front.guard();
    this.refusal = refusal;
    this.handler = Check.present(route.unary(), "route without a unary handler");
  }

  @Override
  void onMessage(Q message) {
    if (asked) {
      return;
    }
    asked = true;
    // Not before: etcd decodes first, so a broken message is the fault that is named.
    EtcdError error = guard.unary(route().method().path(), message);
    if (error == null) {
      error = refusal;
    }
    if (error != null) {
      finish(error);
    } else {
      handler.call(context, message).onComplete(this::answer);
    }
  }

  @Override
  void onRequestEnd() {
    if (!asked) {
      finish(new TransportError(Code.INTERNAL, "unexpected EOF"));
    }
  }

  @Override
  void onClosed() {}

  @Override
  boolean endless() {
    return false;
  }

  @Override
  String decodeFault() {
    return "grpc: error unmarshalling request";
  }

  private void answer(AsyncResult<Payload> result) {
    if (result.succeeded()) {
      finish(result.result());
    } else {
      finish(StatusMapper.of(result.cause(), route().method().path()));
    }
  }
}
