package io.mooring.wire.grpc;

import com.google.protobuf.MessageLite;
import io.mooring.error.Code;
import io.mooring.error.EtcdError;
import io.mooring.error.TransportError;
import io.mooring.service.CallContext;
import io.mooring.service.Payload;
import io.mooring.service.ReplyStream;
import io.mooring.service.RequestHandler;
import io.mooring.wire.grpc.StatusMapper.Ending;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.grpc.server.GrpcServerRequest;
import org.jspecify.annotations.Nullable;

/** A call that answers with a stream, and may be asked by one. */
final class StreamExchange<Q extends MessageLite> extends Exchange<Q> implements ReplyStream {

  private static final Runnable NOTHING = () -> {};
  private static final String HEALTH_WATCH = "/grpc.health.v1.Health/Watch";

  private final CallContext context;
  private Runnable onClose = NOTHING;
  private @Nullable RequestHandler<Q> requests;
  private boolean asked;

  StreamExchange(
      GrpcFront front,
      GrpcRoutes.Route<Q> route,
      GrpcServerRequest<Buffer, Buffer> request,
      HttpServerResponse http,
      CallContext context) {
    super(front, route, request, http);
    this.context = context;
  }

  /** Opens a bidirectional stream with its service. */
  void open() {
    if (route().bidi() != null) {
      asked = true;
      requests = route().bidi().open(context, this);
    }
  }

  @Override
  void onMessage(Q message) {
    if (requests != null) {
      requests.onRequest(message);
    } else if (!asked && route().serverStream() != null) {
      asked = true;
      route().serverStream().call(context, message, this);
    }
  }

  @Override
  void onRequestEnd() {
    if (!asked) {
      finish(new TransportError(Code.INTERNAL, "unexpected EOF"));
    } else if (requests != null) {
      requests.onHalfClose();
    }
  }

  @Override
  void onClosed() {
    Runnable action = onClose;
    onClose = NOTHING;
    action.run();
  }

  @Override
  boolean endless() {
    return route().bidi() != null || route().method().path().equals(HEALTH_WATCH);
  }

  @Override
  String decodeFault() {
    return "grpc: failed to unmarshal the received message";
  }

  @Override
  public boolean full() {
    return !isClosed() && response().writeQueueFull();
  }

  @Override
  public void send(Payload payload) {
    write(payload);
  }

  @Override
  public void onDrain(Runnable action) {
    if (!isClosed()) {
      response().drainHandler(drained -> action.run());
    }
  }

  @Override
  public void onClose(Runnable action) {
    if (isClosed()) {
      action.run();
    } else {
      onClose = action;
    }
  }

  @Override
  public boolean isClosed() {
    return closed();
  }

  @Override
  public void end() {
    finish(Ending.OK);
  }

  @Override
  public void fail(EtcdError error) {
    finish(error);
  }

  @Override
  public void fail(Throwable cause) {
    finish(StatusMapper.of(cause, route().method().path()));
  }

  @Override
  public void pauseRequests() {
    if (!isClosed()) {
      request().pause();
    }
  }

  @Override
  public void resumeRequests() {
    if (!isClosed()) {
      request().resume();
    }
  }
}
