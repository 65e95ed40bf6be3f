package io.mooring.peer;

import com.google.protobuf.MessageLite;
import com.google.protobuf.Parser;
import io.mooring.api.internalpb.ClusterDescription;
import io.mooring.api.internalpb.DescribeCluster;
import io.mooring.api.internalpb.LeaderAnswer;
import io.mooring.api.internalpb.LeaderAsk;
import io.mooring.api.internalpb.PeerFrame;
import io.mooring.api.internalpb.PeerWelcome;
import io.mooring.api.internalpb.TransferAnswer;
import io.mooring.api.internalpb.TransferFrame;
import io.vertx.core.buffer.Buffer;
import io.vertx.grpc.common.CodecException;
import io.vertx.grpc.common.GrpcMessage;
import io.vertx.grpc.common.GrpcMessageDecoder;
import io.vertx.grpc.common.GrpcMessageEncoder;
import io.vertx.grpc.common.ServiceMethod;
import io.vertx.grpc.common.ServiceName;
import io.vertx.grpc.common.WireFormat;
import java.io.IOException;

/** The calls of {@code internalpb.Peers}, as the two ends need them. */
final class PeerMethods {

  private static final ServiceName SERVICE = ServiceName.create("internalpb", "Peers");

  private PeerMethods() {}

  static ServiceMethod<PeerWelcome, PeerFrame> deliverFrom() {
    return client("Deliver", PeerWelcome.parser());
  }

  static ServiceMethod<PeerFrame, PeerWelcome> deliverTo() {
    return server("Deliver", PeerFrame.parser());
  }

  static ServiceMethod<ClusterDescription, DescribeCluster> describeFrom() {
    return client("Describe", ClusterDescription.parser());
  }

  static ServiceMethod<DescribeCluster, ClusterDescription> describeTo() {
    return server("Describe", DescribeCluster.parser());
  }

  static ServiceMethod<LeaderAnswer, LeaderAsk> askFrom() {
    return client("Ask", LeaderAnswer.parser());
  }

  static ServiceMethod<LeaderAsk, LeaderAnswer> askTo() {
    return server("Ask", LeaderAsk.parser());
  }

  static ServiceMethod<TransferAnswer, TransferFrame> transferFrom() {
    return client("Transfer", TransferAnswer.parser());
  }

  static ServiceMethod<TransferFrame, TransferAnswer> transferTo() {
    return server("Transfer", TransferFrame.parser());
  }

  private static <I extends MessageLite, O extends MessageLite> ServiceMethod<I, O> client(
      String name, Parser<I> parser) {
    return ServiceMethod.client(SERVICE, name, GrpcMessageEncoder.encoder(), decoder(parser));
  }

  private static <I extends MessageLite, O extends MessageLite> ServiceMethod<I, O> server(
      String name, Parser<I> parser) {
    return ServiceMethod.server(SERVICE, name, GrpcMessageEncoder.encoder(), decoder(parser));
  }

  /** Byte fields of what is decoded are copied once, when the codec takes them out. */
  private static <T extends MessageLite> GrpcMessageDecoder<T> decoder(Parser<T> parser) {
    return new GrpcMessageDecoder<>() {
      @Override
      public T decode(GrpcMessage message) throws CodecException {
        Buffer payload = message.payload();
        try {
          return parser.parseFrom(payload.getBytes());
        } catch (IOException malformed) {
          throw new CodecException(malformed);
        }
      }

      @Override
      public boolean accepts(WireFormat format) {
        return format == WireFormat.PROTOBUF;
      }
    };
  }
}
