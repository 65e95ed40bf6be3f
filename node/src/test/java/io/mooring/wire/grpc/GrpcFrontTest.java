package io.mooring.wire.grpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.google.protobuf.ByteString;
import io.grpc.CallOptions;
import io.grpc.ClientCall;
import io.grpc.ClientInterceptors;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor.MethodType;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.ClientCallStreamObserver;
import io.grpc.stub.ClientCalls;
import io.grpc.stub.ClientResponseObserver;
import io.grpc.stub.MetadataUtils;
import io.grpc.stub.StreamObserver;
import io.mooring.api.etcdserverpb.AuthEnableRequest;
import io.mooring.api.etcdserverpb.AuthEnableResponse;
import io.mooring.api.etcdserverpb.PutRequest;
import io.mooring.api.etcdserverpb.PutResponse;
import io.mooring.api.etcdserverpb.RangeRequest;
import io.mooring.api.etcdserverpb.RangeStreamResponse;
import io.mooring.api.etcdserverpb.ResponseHeader;
import io.mooring.api.etcdserverpb.WatchCancelRequest;
import io.mooring.api.etcdserverpb.WatchRequest;
import io.mooring.api.etcdserverpb.WatchResponse;
import io.mooring.api.testing.Covers;
import io.mooring.base.Check;
import io.mooring.error.EtcdError;
import io.mooring.error.KvError;
import io.mooring.error.LeaseError;
import io.mooring.error.ServerError;
import io.mooring.service.CallContext;
import io.mooring.service.Payload;
import io.mooring.service.ReplyStream;
import io.mooring.service.RequestHandler;
import io.mooring.wire.WireFixture;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.grpc.common.GrpcStatus;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class GrpcFrontTest {

  private static final String PUT = "/etcdserverpb.KV/Put";
  private static final String WATCH = "/etcdserverpb.Watch/Watch";
  private static final String RANGE_STREAM = "/etcdserverpb.KV/RangeStream";

  private final BlockingQueue<CallContext> contexts = new LinkedBlockingQueue<>();
  private final CountDownLatch watchClosed = new CountDownLatch(1);
  private final List<Promise<Payload>> waiting = new ArrayList<>();
  private final AtomicInteger halfClosed = new AtomicInteger();
  private volatile EtcdError refusal = KvError.KEY_NOT_PROVIDED;
  private WireFixture wire;

  @BeforeEach
  void start() throws Exception {
    wire =
        new WireFixture(
            (routes, loop) ->
                routes
                    .unary(PUT, PutRequest.parser(), this::put)
                    .bidi(WATCH, WatchRequest.parser(), this::watch)
                    .serverStream(RANGE_STREAM, RangeRequest.parser(), this::rangeStream));
  }

  @AfterEach
  void stop() throws Exception {
    wire.close();
  }

  private Future<Payload> put(CallContext context, PutRequest request) {
    contexts.add(context);
    return switch (request.getKey().toStringUtf8()) {
      case "" -> Future.failedFuture(refusal.exception());
      case "hang" -> {
        Promise<Payload> promise = Promise.promise();
        synchronized (waiting) {
          waiting.add(promise);
        }
        yield promise.future();
      }
      case "defect" -> throw new IllegalStateException("boom % ü");
      default -> Future.succeededFuture(Payload.of(reply(request.getValue().size())));
    };
  }

  private RequestHandler<WatchRequest> watch(CallContext context, ReplyStream replies) {
    contexts.add(context);
    replies.onClose(watchClosed::countDown);
    return new RequestHandler<>() {
      @Override
      public void onRequest(WatchRequest request) {
        if (request.hasCancelRequest()) {
          replies.fail(LeaseError.NOT_FOUND);
        } else {
          replies.send(Payload.of(WatchResponse.newBuilder().setCreated(true).build()));
        }
      }

      @Override
      public void onHalfClose() {
        halfClosed.incrementAndGet();
      }
    };
  }

  private void rangeStream(CallContext context, RangeRequest request, ReplyStream replies) {
    for (int i = 0; i < request.getLimit(); i++) {
      replies.send(Payload.of(RangeStreamResponse.getDefaultInstance()));
    }
    replies.end();
  }

  private static PutResponse reply(long revision) {
    return PutResponse.newBuilder()
        .setHeader(ResponseHeader.newBuilder().setRevision(revision))
        .build();
  }

  private static PutRequest key(String key, int valueBytes) {
    return PutRequest.newBuilder()
        .setKey(ByteString.copyFromUtf8(key))
        .setValue(ByteString.copyFrom(new byte[valueBytes]))
        .build();
  }

  private Status refused(PutRequest request, CallOptions options) {
    return catchThrowableOfType(
            StatusRuntimeException.class,
            () -> wire.call(PUT, request, PutResponse.getDefaultInstance(), options))
        .getStatus();
  }

  @Test
  void answersUnary() {
    PutResponse reply = wire.call(PUT, key("a", 7), PutResponse.getDefaultInstance());
    assertThat(reply.getHeader().getRevision()).isEqualTo(7);
    GrpcMethod method = Check.present(EtcdApi.byPath(PUT), "Put");
    Awaitility.await().until(() -> wire.stats().method(method).handled(GrpcStatus.OK) == 1);
    assertThat(wire.stats().method(method).started()).isEqualTo(1);
    assertThat(wire.stats().receivedBytes()).isEqualTo(key("a", 7).getSerializedSize());
  }

  @Test
  void everyRefusalKeepsItsCodeAndText() {
    List<EtcdError> all = new ArrayList<>();
    for (Class<?> family : EtcdError.class.getPermittedSubclasses()) {
      if (family.isEnum()) {
        for (Object error : family.getEnumConstants()) {
          all.add((EtcdError) error);
        }
      }
    }
    assertThat(all).hasSizeGreaterThan(50);
    for (EtcdError error : all) {
      refusal = error;
      Status status = refused(key("", 0), CallOptions.DEFAULT);
      assertThat(status.getCode().value()).as("%s", error).isEqualTo(error.code().number());
      assertThat(status.getDescription()).isEqualTo(error.text());
    }
  }

  @Test
  void aDefectIsUnknownWithItsText() {
    Status status = refused(key("defect", 0), CallOptions.DEFAULT);
    assertThat(status.getCode()).isEqualTo(Status.Code.UNKNOWN);
    assertThat(status.getDescription()).isEqualTo("boom % ü");
  }

  @Test
  void refusesOversizedMessages() {
    PutRequest tooLarge = key("a", WireFixture.MAX_MESSAGE_BYTES);
    Status status = refused(tooLarge, CallOptions.DEFAULT);
    assertThat(status.getCode()).isEqualTo(Status.Code.RESOURCE_EXHAUSTED);
    assertThat(status.getDescription())
        .isEqualTo(
            "grpc: received message larger than max ("
                + tooLarge.getSerializedSize()
                + " vs. 2097152)");
    assertThat(wire.call(PUT, key("a", 2_000_000), PutResponse.getDefaultInstance()).getHeader())
        .isEqualTo(reply(2_000_000).getHeader());
  }

  @Test
  @Covers("B38")
  void unservedAndUnknownMethodsAreUnimplemented() {
    assertUnimplemented(
        "/etcdserverpb.Auth/AuthEnable", "mooring: Auth/AuthEnable is not available yet");
    assertUnimplemented("/etcdserverpb.KV/Nope", "unknown method Nope for service etcdserverpb.KV");
    assertUnimplemented("/nope.Nope/Nope", "unknown service nope.Nope");
  }

  private void assertUnimplemented(String path, String text) {
    Status status =
        catchThrowableOfType(
                StatusRuntimeException.class,
                () ->
                    wire.call(
                        path,
                        AuthEnableRequest.getDefaultInstance(),
                        AuthEnableResponse.getDefaultInstance()))
            .getStatus();
    assertThat(status.getCode()).isEqualTo(Status.Code.UNIMPLEMENTED);
    assertThat(status.getDescription()).isEqualTo(text);
  }

  @Test
  void metadataReachesTheService() throws Exception {
    Metadata headers = new Metadata();
    headers.put(ascii("authorization"), "Bearer secret");
    headers.put(ascii("hasleader"), "true");
    headers.put(ascii("client-api-version"), "3.7");
    call(headers, key("a", 1));
    CallContext context = contexts.poll(5, TimeUnit.SECONDS);
    assertThat(context.token()).isEqualTo("secret");
    assertThat(context.requireLeader()).isTrue();
    assertThat(context.deadlineNs()).isEqualTo(CallContext.NO_DEADLINE);
    List<String> versions = new ArrayList<>();
    wire.stats().forEachClient((version, requests) -> versions.add(version));
    assertThat(versions).containsExactlyInAnyOrder("unknown", "3.7");
  }

  @Test
  void refusesWithoutLeaderWhenAsked() {
    wire.hasLeader(false);
    Metadata headers = new Metadata();
    headers.put(ascii("hasleader"), "true");
    Status status =
        catchThrowableOfType(StatusRuntimeException.class, () -> call(headers, key("a", 1)))
            .getStatus();
    assertThat(status.getCode()).isEqualTo(Status.Code.UNAVAILABLE);
    assertThat(status.getDescription()).isEqualTo(ServerError.NO_LEADER.text());
    assertThat(wire.call(PUT, key("a", 1), PutResponse.getDefaultInstance())).isNotNull();
  }

  @Test
  void aLearnerSaysSoBeforeAnythingElseIsLookedAt() {
    wire.hasLeader(false);
    wire.learner = true;
    Metadata headers = new Metadata();
    headers.put(ascii("hasleader"), "true");
    Status status =
        catchThrowableOfType(StatusRuntimeException.class, () -> call(headers, key("a", 1)))
            .getStatus();
    assertThat(status.getCode()).isEqualTo(Status.Code.FAILED_PRECONDITION);
    assertThat(status.getDescription()).isEqualTo(ServerError.LEARNER_UNSUPPORTED.text());
  }

  private static Metadata.Key<String> ascii(String name) {
    return Metadata.Key.of(name, Metadata.ASCII_STRING_MARSHALLER);
  }

  private void call(Metadata headers, PutRequest request) {
    ClientCalls.blockingUnaryCall(
        ClientInterceptors.intercept(
            wire.channel(), MetadataUtils.newAttachHeadersInterceptor(headers)),
        WireFixture.method(MethodType.UNARY, PUT, request, PutResponse.getDefaultInstance()),
        CallOptions.DEFAULT,
        request);
  }

  @Test
  void acceptsGzip() {
    PutResponse reply =
        wire.call(
            PUT,
            key("a", 100_000),
            PutResponse.getDefaultInstance(),
            CallOptions.DEFAULT.withCompression("gzip"));
    assertThat(reply.getHeader().getRevision()).isEqualTo(100_000);
  }

  @Test
  void aLateClientGetsItsDeadlineAndALateReplyIsDropped() throws Exception {
    CountDownLatch done = new CountDownLatch(1);
    Status[] status = new Status[1];
    ClientCall<PutRequest, PutResponse> call =
        wire.channel()
            .newCall(
                WireFixture.method(
                    MethodType.UNARY, PUT, key("a", 1), PutResponse.getDefaultInstance()),
                CallOptions.DEFAULT);
    // Set by hand, so that only the server watches the clock.
    Metadata headers = new Metadata();
    headers.put(ascii("grpc-timeout"), "50m");
    call.start(
        new ClientCall.Listener<>() {
          @Override
          public void onClose(Status closed, Metadata trailers) {
            status[0] = closed;
            done.countDown();
          }
        },
        headers);
    call.request(1);
    call.sendMessage(key("hang", 1));
    call.halfClose();
    assertThat(done.await(5, TimeUnit.SECONDS)).isTrue();
    if (status[0].getCode() == Status.Code.DEADLINE_EXCEEDED) {
      assertThat(status[0].getDescription()).isEqualTo("context deadline exceeded");
    }
    completeWaiting();
    assertThat(wire.call(PUT, key("a", 1), PutResponse.getDefaultInstance())).isNotNull();
  }

  @Test
  void clientsThatLeaveWithRepliesPendingDoNoHarm() throws Exception {
    for (int i = 0; i < 20; i++) {
      ClientCall<PutRequest, PutResponse> call =
          wire.channel()
              .newCall(
                  WireFixture.method(
                      MethodType.UNARY, PUT, key("a", 1), PutResponse.getDefaultInstance()),
                  CallOptions.DEFAULT);
      ClientCalls.asyncUnaryCall(call, key("hang", 1), new Ignoring<>());
      contexts.poll(5, TimeUnit.SECONDS);
      call.cancel("leaving", null);
    }
    wire.channel().shutdownNow().awaitTermination(5, TimeUnit.SECONDS);
    GrpcMethod method = Check.present(EtcdApi.byPath(PUT), "Put");
    Awaitility.await().until(() -> wire.stats().method(method).handled(GrpcStatus.CANCELLED) == 20);
    completeWaiting();
  }

  private void completeWaiting() {
    synchronized (waiting) {
      waiting.forEach(promise -> promise.complete(Payload.of(reply(1))));
    }
  }

  @Test
  void streamsBothWays() throws Exception {
    Recording<WatchRequest, WatchResponse> replies = new Recording<>();
    var requests = openWatch(replies);
    requests.onNext(WatchRequest.getDefaultInstance());
    requests.onNext(WatchRequest.getDefaultInstance());
    Awaitility.await().until(() -> replies.messages.size() == 2);
    requests.onNext(
        WatchRequest.newBuilder()
            .setCancelRequest(WatchCancelRequest.getDefaultInstance())
            .build());
    Awaitility.await().until(() -> replies.status != null);
    Status status = Check.present(replies.status, "status");
    assertThat(status.getCode()).isEqualTo(Status.Code.NOT_FOUND);
    assertThat(status.getDescription()).isEqualTo(LeaseError.NOT_FOUND.text());
    assertThat(watchClosed.await(5, TimeUnit.SECONDS)).isTrue();
  }

  @Test
  void aStreamHearsHalfCloseAndCancel() throws Exception {
    Recording<WatchRequest, WatchResponse> replies = new Recording<>();
    var requests = openWatch(replies);
    requests.onNext(WatchRequest.getDefaultInstance());
    requests.onCompleted();
    Awaitility.await().until(() -> halfClosed.get() == 1);
    assertThat(watchClosed.getCount()).isEqualTo(1);
    Check.present(replies.stream, "stream").cancel("enough", null);
    assertThat(watchClosed.await(5, TimeUnit.SECONDS)).isTrue();
  }

  @Test
  void aStreamHearsALostConnection() throws Exception {
    Recording<WatchRequest, WatchResponse> replies = new Recording<>();
    openWatch(replies).onNext(WatchRequest.getDefaultInstance());
    Awaitility.await().until(() -> replies.messages.size() == 1);
    wire.channel().shutdownNow();
    assertThat(watchClosed.await(5, TimeUnit.SECONDS)).isTrue();
  }

  private StreamObserver<WatchRequest> openWatch(Recording<WatchRequest, WatchResponse> replies) {
    return ClientCalls.asyncBidiStreamingCall(
        wire.channel()
            .newCall(
                WireFixture.method(
                    MethodType.BIDI_STREAMING,
                    WATCH,
                    WatchRequest.getDefaultInstance(),
                    WatchResponse.getDefaultInstance()),
                CallOptions.DEFAULT),
        replies);
  }

  @Test
  void serverStreamsEnd() {
    int[] count = new int[1];
    ClientCalls.blockingServerStreamingCall(
            wire.channel(),
            WireFixture.method(
                MethodType.SERVER_STREAMING,
                RANGE_STREAM,
                RangeRequest.getDefaultInstance(),
                RangeStreamResponse.getDefaultInstance()),
            CallOptions.DEFAULT,
            RangeRequest.newBuilder().setLimit(1000).build())
        .forEachRemaining(reply -> count[0]++);
    assertThat(count[0]).isEqualTo(1000);
  }

  private static final class Ignoring<T> implements StreamObserver<T> {
    @Override
    public void onNext(T value) {}

    @Override
    public void onError(Throwable t) {}

    @Override
    public void onCompleted() {}
  }

  private static final class Recording<Q, R> implements ClientResponseObserver<Q, R> {
    private final List<R> messages = new CopyOnWriteArrayList<>();
    private volatile @Nullable ClientCallStreamObserver<Q> stream;
    private volatile @Nullable Status status;

    @Override
    public void beforeStart(ClientCallStreamObserver<Q> requestStream) {
      stream = requestStream;
    }

    @Override
    public void onNext(R value) {
      messages.add(value);
    }

    @Override
    public void onError(Throwable t) {
      status = Status.fromThrowable(t);
    }

    @Override
    public void onCompleted() {
      status = Status.OK;
    }
  }
}
