package io.mooring.it;

import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Message;
import io.grpc.CallOptions;
import io.grpc.ClientCall;
import io.grpc.ClientInterceptor;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.MethodDescriptor.MethodType;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.NettyChannelBuilder;
import io.grpc.protobuf.lite.ProtoLiteUtils;
import io.grpc.stub.ClientCalls;
import io.grpc.stub.MetadataUtils;
import io.grpc.stub.StreamObserver;
import io.mooring.api.etcdserverpb.LeaseKeepAliveRequest;
import io.mooring.api.etcdserverpb.LeaseKeepAliveResponse;
import io.mooring.api.etcdserverpb.ResponseHeader;
import io.mooring.api.etcdserverpb.WatchRequest;
import io.mooring.api.etcdserverpb.WatchResponse;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** A client without retries or any cleverness of its own, for this and other servers. */
public final class RawClient implements AutoCloseable {

  private static final int MAX_REPLY_BYTES = 64 << 20;

  private final ManagedChannel channel;
  private final long timeoutMs;

  /** A client all of whose calls say that they want to fail while no leader is known. */
  public static RawClient requiringLeader(int port, long timeoutMs) {
    Metadata metadata = new Metadata();
    metadata.put(Metadata.Key.of("hasleader", Metadata.ASCII_STRING_MARSHALLER), "true");
    return new RawClient(port, timeoutMs, MetadataUtils.newAttachHeadersInterceptor(metadata));
  }

  public RawClient(int port) {
    this(port, 30_000);
  }

  public RawClient(int port, long timeoutMs) {
    this(port, timeoutMs, new ClientInterceptor[0]);
  }

  private RawClient(int port, long timeoutMs, ClientInterceptor... interceptors) {
    this.timeoutMs = timeoutMs;
    this.channel =
        NettyChannelBuilder.forAddress("127.0.0.1", port)
            .usePlaintext()
            .disableRetry()
            .intercept(interceptors)
            .maxInboundMessageSize(MAX_REPLY_BYTES)
            .build();
  }

  /**
   * An answer or a refusal.
   *
   * @param status of the call
   * @param message null unless the call went well
   */
  public record Reply<R extends Message>(Status status, @Nullable R message) {
    public boolean ok() {
      return status.isOk();
    }

    /** The message of a call that went well. */
    public R value() {
      if (message == null) {
        throw new IllegalStateException(status.toString());
      }
      return message;
    }
  }

  /** Calls a unary method of KV, Lease and so on. */
  public <R extends Message> Reply<R> call(String path, Message request, R reply) {
    try {
      return new Reply<>(
          Status.OK,
          ClientCalls.blockingUnaryCall(
              channel,
              method(MethodType.UNARY, path, request, reply),
              CallOptions.DEFAULT.withDeadlineAfter(timeoutMs, TimeUnit.MILLISECONDS),
              request));
    } catch (StatusRuntimeException e) {
      return new Reply<>(e.getStatus(), null);
    }
  }

  /** Begins a unary call whose request is still to be sent: the server waits for it. */
  <Q extends Message, R extends Message> ClientCall<Q, R> open(String path, Q request, R reply) {
    return channel.newCall(method(MethodType.UNARY, path, request, reply), CallOptions.DEFAULT);
  }

  /** Opens a watch stream. */
  public StreamObserver<WatchRequest> watch(StreamObserver<WatchResponse> responses) {
    return stream(
        "etcdserverpb.Watch/Watch",
        WatchRequest.getDefaultInstance(),
        WatchResponse.getDefaultInstance(),
        responses);
  }

  /** Renews a lease once and waits for the answer. */
  public LeaseKeepAliveResponse keepAlive(long id) {
    LeaseKeepAliveRequest request = LeaseKeepAliveRequest.newBuilder().setID(id).build();
    ClientCall<LeaseKeepAliveRequest, LeaseKeepAliveResponse> call =
        channel.newCall(
            method(
                MethodType.SERVER_STREAMING,
                "etcdserverpb.Lease/LeaseKeepAlive",
                request,
                LeaseKeepAliveResponse.getDefaultInstance()),
            CallOptions.DEFAULT.withDeadlineAfter(timeoutMs, TimeUnit.MILLISECONDS));
    return ClientCalls.blockingServerStreamingCall(call, request).next();
  }

  /** Opens a stream of any bidirectional method; an error given to the requests cancels it. */
  public <Q extends Message, R extends Message> StreamObserver<Q> stream(
      String path, Q request, R reply, StreamObserver<R> replies) {
    ClientCall<Q, R> call =
        channel.newCall(
            method(MethodType.BIDI_STREAMING, path, request, reply), CallOptions.DEFAULT);
    return ClientCalls.asyncBidiStreamingCall(call, replies);
  }

  /** Forgets how long to wait before the next attempt to connect. */
  public void connectSoon() {
    channel.resetConnectBackoff();
  }

  /** A method by its path and the default instances of its messages. */
  @SuppressWarnings("unchecked")
  public static <Q extends Message, R extends Message> MethodDescriptor<Q, R> method(
      MethodType type, String path, Q request, R reply) {
    return MethodDescriptor.<Q, R>newBuilder()
        .setType(type)
        .setFullMethodName(path)
        .setRequestMarshaller(
            (MethodDescriptor.Marshaller<Q>)
                ProtoLiteUtils.marshaller(request.getDefaultInstanceForType()))
        .setResponseMarshaller(ProtoLiteUtils.marshaller(reply))
        .build();
  }

  /** A copy of a response without what differs between two clusters: ids and term. */
  static Message comparable(Message response) {
    Message.Builder builder = response.toBuilder();
    for (FieldDescriptor field : response.getDescriptorForType().getFields()) {
      boolean isMessage = field.getJavaType() == FieldDescriptor.JavaType.MESSAGE;
      if (!isMessage || field.isMapField()) {
        continue;
      }
      if (field.isRepeated()) {
        for (int i = 0; i < response.getRepeatedFieldCount(field); i++) {
          builder.setRepeatedField(
              field, i, comparable((Message) response.getRepeatedField(field, i)));
        }
      } else if (response.hasField(field)) {
        builder.setField(field, comparable((Message) response.getField(field)));
      }
    }
    if (builder instanceof ResponseHeader.Builder header) {
      header.clearClusterId().clearMemberId().clearRaftTerm();
    }
    return builder.build();
  }

  @Override
  public void close() {
    channel.shutdownNow();
    try {
      channel.awaitTermination(5, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }
}
