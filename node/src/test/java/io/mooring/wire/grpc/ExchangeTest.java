package io.mooring.wire.grpc;

import static org.assertj.core.api.Assertions.assertThat;

import io.mooring.api.etcdserverpb.WatchRequest;
import io.mooring.base.Check;
import io.mooring.base.WireBuffer;
import io.mooring.error.ServerError;
import io.mooring.service.CallContext;
import io.mooring.service.LearnerGuard;
import io.mooring.service.Payload;
import io.mooring.sim.SimScheduler;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.grpc.server.GrpcServerRequest;
import io.vertx.grpc.server.GrpcServerResponse;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Proxy;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** A client that is gone, while Vert.x has told nobody yet and throws at who writes. */
class ExchangeTest {

  private static final String WATCH = "/etcdserverpb.Watch/Watch";

  private final Vertx vertx = Vertx.vertx();
  private final AtomicInteger closed = new AtomicInteger();
  private final AtomicInteger released = new AtomicInteger();

  @AfterEach
  void stop() {
    vertx.close().toCompletionStage().toCompletableFuture().join();
  }

  @Test
  void whoWritesToItHearsThatItHasClosed() {
    StreamExchange<?> stream = stream();
    stream.send(payload());
    assertThat(stream.isClosed()).isTrue();
    assertThat(closed).hasValue(1);
    assertThat(released).hasValue(1);
    stream.send(payload());
    assertThat(released).hasValue(2);
    assertThat(closed).hasValue(1);
  }

  @Test
  void whoEndsItIsNotTroubled() {
    StreamExchange<?> stream = stream();
    stream.fail(ServerError.STOPPED);
    assertThat(stream.isClosed()).isTrue();
    assertThat(closed).hasValue(1);
  }

  private Payload payload() {
    return Payload.of(new WireBuffer(10), released::incrementAndGet);
  }

  @SuppressWarnings("unchecked")
  private StreamExchange<WatchRequest> stream() {
    SimScheduler.SimLoop loop = new SimScheduler(1).loop("client");
    GrpcRoutes routes =
        new GrpcRoutes(LearnerGuard.NONE)
            .bidi(WATCH, WatchRequest.parser(), (context, replies) -> request -> {});
    GrpcFront front = new GrpcFront(vertx, loop, 1_000, routes, new GrpcStats(), () -> true);
    InvocationHandler gone =
        (proxy, method, arguments) -> {
          throw new IllegalStateException("Response has already been written");
        };
    GrpcServerResponse<Buffer, Buffer> response = fake(GrpcServerResponse.class, gone);
    GrpcServerRequest<Buffer, Buffer> request =
        fake(
            GrpcServerRequest.class,
            (proxy, method, arguments) -> method.getName().equals("response") ? response : null);
    StreamExchange<WatchRequest> stream =
        new StreamExchange<>(
            front,
            (GrpcRoutes.Route<WatchRequest>)
                Check.present(routes.byPath().get(WATCH), "no such route"),
            request,
            fake(HttpServerResponse.class, gone),
            CallContext.arriving(loop, CallContext.NO_DEADLINE, null, false));
    stream.onClose(closed::incrementAndGet);
    return stream;
  }

  @SuppressWarnings("unchecked")
  private static <T> T fake(Class<?> type, InvocationHandler answers) {
    return (T) Proxy.newProxyInstance(type.getClassLoader(), new Class<?>[] {type}, answers);
  }
}
