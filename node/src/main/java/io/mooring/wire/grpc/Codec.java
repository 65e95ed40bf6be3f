package io.mooring.wire.grpc;

import com.google.protobuf.CodedInputStream;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.MessageLite;
import com.google.protobuf.Parser;
import io.mooring.api.etcdserverpb.TxnRequest;
import io.mooring.base.Check;
import io.mooring.base.WireBuffer;
import io.mooring.error.Code;
import io.mooring.error.EtcdException;
import io.mooring.error.KvError;
import io.mooring.error.TransportError;
import io.mooring.service.Payload;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufInputStream;
import io.netty.buffer.Unpooled;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.internal.buffer.BufferInternal;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.zip.GZIPInputStream;

/**
 * Bytes of messages to objects and back. Whatever a client sends ends in an object or in an {@link
 * EtcdException}, within bounded memory and stack.
 */
final class Codec {

  /**
   * How deep messages may nest. A transaction nests two messages a level and 128 levels at most
   * (the limit on operations shrinks by one a level), so that every legal request fits; each level
   * costs a few hundred bytes of stack.
   */
  static final int MAX_DEPTH = 600;

  /** Bytes before each message. */
  static final int FRAME_HEADER_BYTES = 5;

  private static final int SMALL_BYTES = 4 << 10;

  private static final Parser<?> TXN_PARSER = TxnRequest.parser();

  private Codec() {}

  /**
   * Decodes a message. The result shares no bytes with the input.
   *
   * @param bytes the whole message, uncompressed
   * @param what how grpc-go names the fault: unary calls and streams differ
   */
  static <Q extends MessageLite> Q decode(Parser<Q> parser, Buffer bytes, String what) {
    ByteBuf buf = ((BufferInternal) bytes).getByteBuf();
    try {
      CodedInputStream in = input(buf);
      in.setRecursionLimit(MAX_DEPTH);
      Q message = parser.parseFrom(in);
      in.checkLastTagWas(0);
      return message;
    } catch (InvalidProtocolBufferException e) {
      throw refusal(e, parser, what).exception();
    }
  }

  /** Inflates a gzip message within a limit. */
  static Buffer gunzip(Buffer compressed, int maxBytes) {
    ByteBuf buf = ((BufferInternal) compressed).getByteBuf();
    try (InputStream in = new GZIPInputStream(new ByteBufInputStream(buf))) {
      byte[] all = in.readNBytes(maxBytes + 1);
      if (all.length > maxBytes) {
        throw new TransportError(
                Code.RESOURCE_EXHAUSTED,
                "grpc: received message after decompression larger than max ("
                    + all.length
                    + " vs. "
                    + maxBytes
                    + ")")
            .exception();
      }
      return BufferInternal.buffer(Unpooled.wrappedBuffer(all));
    } catch (IOException e) {
      throw new TransportError(
              Code.INTERNAL, "grpc: failed to decompress the received message: " + e.getMessage())
          .exception();
    }
  }

  /**
   * Encodes a reply with gRPC's prefix:
   *
   * <pre>
   * | 0 not compressed | length, 4 | message |
   * </pre>
   */
  static Buffer encodeFrame(Payload payload) {
    WireBuffer encoded = payload.encoded();
    if (encoded == null) {
      MessageLite message = Check.present(payload.message(), "payload with neither form");
      encoded = new WireBuffer(message.getSerializedSize());
      encoded.message(message);
    }
    int size = encoded.size();
    if (size > SMALL_BYTES) {
      List<ByteBuffer> parts = encoded.chunks();
      parts.add(0, ByteBuffer.allocate(FRAME_HEADER_BYTES).putInt(1, size));
      return BufferInternal.buffer(Unpooled.wrappedBuffer(parts.toArray(new ByteBuffer[0])));
    }
    // One array: a buffer of parts costs more than copying so little.
    byte[] frame = new byte[FRAME_HEADER_BYTES + size];
    ByteBuffer out = ByteBuffer.wrap(frame).putInt(1, size).position(FRAME_HEADER_BYTES);
    for (ByteBuffer part : encoded.chunks()) {
      out.put(part);
    }
    return BufferInternal.buffer(Unpooled.wrappedBuffer(frame));
  }

  /** Encodes a reply. */
  static Buffer encode(Payload payload) {
    WireBuffer encoded = payload.encoded();
    if (encoded != null) {
      return encode(encoded);
    }
    MessageLite message = Check.present(payload.message(), "payload with neither form");
    return BufferInternal.buffer(Unpooled.wrappedBuffer(message.toByteArray()));
  }

  private static Buffer encode(WireBuffer encoded) {
    List<ByteBuffer> chunks = encoded.chunks();
    ByteBuf all = Unpooled.wrappedBuffer(chunks.toArray(new ByteBuffer[0]));
    return BufferInternal.buffer(all);
  }

  private static CodedInputStream input(ByteBuf buf) {
    if (buf.hasArray()) {
      return CodedInputStream.newInstance(
          buf.array(), buf.arrayOffset() + buf.readerIndex(), buf.readableBytes());
    }
    return CodedInputStream.newInstance(buf.nioBuffer());
  }

  private static TransportError refusal(
      InvalidProtocolBufferException e, Parser<?> parser, String what) {
    String text = String.valueOf(e.getMessage());
    if (text.contains("too many levels of nesting")) {
      return new TransportError(
          Code.INVALID_ARGUMENT,
          parser == TXN_PARSER ? KvError.TOO_MANY_OPS.text() : what + ": nested too deep");
    }
    return new TransportError(Code.INTERNAL, what + ": " + text);
  }
}
