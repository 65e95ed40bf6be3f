package io.mooring.it.cluster;

import com.google.protobuf.Message;
import io.grpc.MethodDescriptor;
import io.grpc.MethodDescriptor.MethodType;
import io.grpc.Server;
import io.grpc.ServerServiceDefinition;
import io.grpc.netty.NettyServerBuilder;
import io.grpc.stub.ServerCalls;
import io.grpc.stub.StreamObserver;
import io.mooring.api.etcdserverpb.DeleteRangeRequest;
import io.mooring.api.etcdserverpb.DeleteRangeResponse;
import io.mooring.api.etcdserverpb.PutRequest;
import io.mooring.api.etcdserverpb.PutResponse;
import io.mooring.api.etcdserverpb.RangeRequest;
import io.mooring.api.etcdserverpb.RangeResponse;
import io.mooring.api.etcdserverpb.TxnRequest;
import io.mooring.api.etcdserverpb.TxnResponse;
import io.mooring.api.etcdserverpb.WatchCreateRequest;
import io.mooring.api.etcdserverpb.WatchRequest;
import io.mooring.api.etcdserverpb.WatchResponse;
import io.mooring.it.RawClient;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/** Serves a {@link FakeKv} on a real port, so that clients cannot tell it from a server. */
final class FakeServer implements AutoCloseable {

  private final FakeKv kv;
  private final Server server;
  private final List<FakeWatch> watches = new ArrayList<>();

  FakeServer(FakeKv kv) {
    this.kv = kv;
    try {
      this.server =
          NettyServerBuilder.forAddress(new InetSocketAddress("127.0.0.1", 0))
              .addService(keyValues())
              .addService(watch())
              .build()
              .start();
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  int port() {
    return server.getPort();
  }

  @Override
  public void close() {
    server.shutdownNow();
  }

  private ServerServiceDefinition keyValues() {
    ServerServiceDefinition.Builder service = ServerServiceDefinition.builder("etcdserverpb.KV");
    unary(
        service,
        "Range",
        RangeRequest.getDefaultInstance(),
        RangeResponse.getDefaultInstance(),
        kv::range);
    unary(
        service, "Put", PutRequest.getDefaultInstance(), PutResponse.getDefaultInstance(), kv::put);
    unary(
        service,
        "DeleteRange",
        DeleteRangeRequest.getDefaultInstance(),
        DeleteRangeResponse.getDefaultInstance(),
        kv::delete);
    unary(
        service, "Txn", TxnRequest.getDefaultInstance(), TxnResponse.getDefaultInstance(), kv::txn);
    return service.build();
  }

  private <Q extends Message, R extends Message> void unary(
      ServerServiceDefinition.Builder service,
      String name,
      Q request,
      R reply,
      Function<Q, R> handler) {
    MethodDescriptor<Q, R> method =
        RawClient.method(MethodType.UNARY, "etcdserverpb.KV/" + name, request, reply);
    service.addMethod(
        method,
        ServerCalls.asyncUnaryCall(
            (asked, answer) -> {
              answer.onNext(answer(handler, asked));
              answer.onCompleted();
            }));
  }

  private synchronized <Q, R> R answer(Function<Q, R> handler, Q request) {
    R reply = handler.apply(request);
    watches.forEach(FakeWatch::deliver);
    return reply;
  }

  private ServerServiceDefinition watch() {
    MethodDescriptor<WatchRequest, WatchResponse> method =
        RawClient.method(
            MethodType.BIDI_STREAMING,
            "etcdserverpb.Watch/Watch",
            WatchRequest.getDefaultInstance(),
            WatchResponse.getDefaultInstance());
    return ServerServiceDefinition.builder("etcdserverpb.Watch")
        .addMethod(method, ServerCalls.asyncBidiStreamingCall(this::open))
        .build();
  }

  private StreamObserver<WatchRequest> open(StreamObserver<WatchResponse> responses) {
    return new StreamObserver<>() {
      @Override
      public void onNext(WatchRequest request) {
        create(request.getCreateRequest(), responses);
      }

      @Override
      public void onError(Throwable cause) {
        forget(responses);
      }

      @Override
      public void onCompleted() {
        forget(responses);
        responses.onCompleted();
      }
    };
  }

  private synchronized void create(
      WatchCreateRequest request, StreamObserver<WatchResponse> responses) {
    FakeWatch watch = new FakeWatch(kv, request, responses);
    watches.add(watch);
    watch.deliver();
  }

  private synchronized void forget(StreamObserver<WatchResponse> responses) {
    watches.removeIf(watch -> watch.goesTo(responses));
  }
}
