package io.mooring.wire.grpc;

import com.google.protobuf.MessageLite;
import io.mooring.error.Code;
import io.mooring.error.EtcdError;
import io.mooring.error.EtcdException;
import io.mooring.error.ServerError;
import io.mooring.error.TransportError;
import io.mooring.loop.Loop;
import io.mooring.service.CallContext;
import io.mooring.service.Payload;
import io.mooring.wire.grpc.StatusMapper.Ending;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.grpc.common.GrpcHeaderNames;
import io.vertx.grpc.common.GrpcMessage;
import io.vertx.grpc.common.GrpcStatus;
import io.vertx.grpc.common.InvalidMessageException;
import io.vertx.grpc.common.MessageSizeOverflowException;
import io.vertx.grpc.server.GrpcServerRequest;
import io.vertx.grpc.server.GrpcServerResponse;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One call on the wire, from its headers to its trailers: what unary calls and streams share. It
 * knows at every moment whether the client still listens, because Vert.x throws at those who answer
 * a stream that is gone. Confined to the client loop.
 *
 * @param <Q> the request message
 */
abstract class Exchange<Q extends MessageLite> {

  private static final Logger LOG = LoggerFactory.getLogger(Exchange.class);

  static final String IDENTITY = "identity";
  static final String GZIP = "gzip";

  private static final CharSequence CONTENT_TYPE_GRPC =
      HttpHeaders.createOptimized("application/grpc");
  private static final CharSequence GRPC_STATUS = HttpHeaders.createOptimized("grpc-status");
  private static final CharSequence STATUS_OK = HttpHeaders.createOptimized("0");

  private final GrpcFront front;
  private final GrpcRoutes.Route<Q> route;
  private final MethodStats stats;
  private final GrpcServerRequest<Buffer, Buffer> request;
  private final GrpcServerResponse<Buffer, Buffer> response;
  private final HttpServerResponse http;
  private boolean closed;
  private long beganNs;
  private Loop.@Nullable Timer deadlineTimer;

  Exchange(
      GrpcFront front,
      GrpcRoutes.Route<Q> route,
      GrpcServerRequest<Buffer, Buffer> request,
      HttpServerResponse http) {
    this.front = front;
    this.route = route;
    this.request = request;
    this.response = request.response();
    this.http = http;
    this.stats = front.stats().method(route.method());
  }

  /** Takes a request message. Called until the call has closed. */
  abstract void onMessage(Q message);

  /** The client will send no more. */
  abstract void onRequestEnd();

  /** The call has closed, for whatever reason. Called once. */
  abstract void onClosed();

  /** Whether only the client's will ends the call. */
  abstract boolean endless();

  /** How grpc-go begins the text of a decoding fault in this kind of call. */
  abstract String decodeFault();

  /** Begins: from here on messages are delivered. */
  final void start(long deadlineNs) {
    stats.callStarted();
    if (front.stats().timed()) {
      beganNs = front.loop().nowNs();
    }
    front.opened(this);
    request.errorHandler(error -> closedByClient());
    request.exceptionHandler(cause -> closedByClient());
    response.exceptionHandler(cause -> closedByClient());
    request.invalidMessageHandler(this::onInvalidMessage);
    request.messageHandler(this::onGrpcMessage);
    request.endHandler(
        end -> {
          if (!closed) {
            onRequestEnd();
          }
        });
    if (deadlineNs != CallContext.NO_DEADLINE) {
      Loop loop = front.loop();
      deadlineTimer =
          loop.timer(
              Math.max(0, deadlineNs - loop.nowNs()), () -> finish(ServerError.DEADLINE_EXCEEDED));
    }
  }

  final GrpcRoutes.Route<Q> route() {
    return route;
  }

  final GrpcServerRequest<Buffer, Buffer> request() {
    return request;
  }

  final GrpcServerResponse<Buffer, Buffer> response() {
    return response;
  }

  final boolean closed() {
    return closed;
  }

  /** Writes a message, unless the client is gone. */
  final void write(Payload payload) {
    if (closed) {
      payload.release();
      return;
    }
    Buffer bytes = Codec.encode(payload);
    count(bytes.length());
    Future<Void> written = send(() -> response.writeMessage(GrpcMessage.message(IDENTITY, bytes)));
    release(payload, written);
    if (written.failed()) {
      closedByClient();
    }
  }

  /**
   * Writes the only message and ends the call well, unless the client is gone. Not by vertx-grpc,
   * which would write three frames and flush each: head, message and trailers go out as one.
   */
  final void finish(Payload payload) {
    if (closed) {
      payload.release();
      return;
    }
    close(GrpcStatus.OK);
    Buffer frame = Codec.encodeFrame(payload);
    count(frame.length() - Codec.FRAME_HEADER_BYTES);
    Future<Void> written =
        send(
            () -> {
              http.putHeader(HttpHeaders.CONTENT_TYPE, CONTENT_TYPE_GRPC);
              http.putTrailer(GRPC_STATUS, STATUS_OK);
              return http.end(frame);
            });
    release(payload, written);
  }

  final void finish(EtcdError error) {
    finish(StatusMapper.of(error));
  }

  final void finish(Ending ending) {
    if (closed) {
      return;
    }
    close(ending.status());
    Future<Void> ended =
        send(
            () -> {
              response.status(ending.status());
              if (!ending.message().isEmpty()) {
                response.trailers().set(GrpcHeaderNames.GRPC_MESSAGE, ending.message());
              }
              return response.end();
            });
    if (ended.failed()) {
      LOG.debug("the end of a call was not sent", ended.cause());
    }
  }

  /**
   * Hands bytes to Vert.x, which throws when the client is gone already and nobody was told yet.
   * That concerns this call alone, never whoever answers many in one go.
   */
  private static Future<Void> send(Supplier<Future<Void>> write) {
    try {
      return write.get();
    } catch (RuntimeException gone) {
      return Future.failedFuture(gone);
    }
  }

  private void count(int bytes) {
    stats.messageSent();
    front.stats().bytesSent(bytes);
  }

  private static void release(Payload payload, Future<Void> written) {
    if (payload.holds()) {
      written.onComplete(done -> payload.release());
    }
  }

  private void onGrpcMessage(GrpcMessage message) {
    if (closed) {
      return;
    }
    Q decoded;
    try {
      Buffer bytes = message.payload();
      if (GZIP.equals(message.encoding())) {
        bytes = Codec.gunzip(bytes, front.maxMessageBytes());
      }
      stats.messageReceived();
      front.stats().bytesReceived(bytes.length());
      decoded = Codec.decode(route.parser(), bytes, decodeFault());
    } catch (EtcdException refusal) {
      stats.receiveFailed();
      finish(refusal.error());
      return;
    }
    try {
      onMessage(decoded);
    } catch (RuntimeException defect) {
      finish(StatusMapper.of(defect, route.method().path()));
    }
  }

  private void onInvalidMessage(InvalidMessageException fault) {
    stats.receiveFailed();
    if (fault instanceof MessageSizeOverflowException overflow) {
      finish(
          new TransportError(
              Code.RESOURCE_EXHAUSTED,
              "grpc: received message larger than max ("
                  + overflow.messageSize()
                  + " vs. "
                  + front.maxMessageBytes()
                  + ")"));
    } else {
      finish(new TransportError(Code.INTERNAL, decodeFault() + ": " + fault.getMessage()));
    }
  }

  private void closedByClient() {
    if (!closed) {
      close(GrpcStatus.CANCELLED);
    }
  }

  private void close(GrpcStatus status) {
    closed = true;
    if (deadlineTimer != null) {
      deadlineTimer.cancel();
    }
    stats.callHandled(status);
    if (front.stats().timed()) {
      stats.callTook(front.loop().nowNs() - beganNs);
    }
    front.closed(this);
    onClosed();
  }
}
