package io.mooring.bench.wire;

import com.google.protobuf.ByteString;
import com.google.protobuf.MessageLite;
import io.mooring.api.etcdserverpb.LeaseKeepAliveRequest;
import io.mooring.api.etcdserverpb.PutRequest;
import io.mooring.api.etcdserverpb.RangeRequest;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/** The request bodies that h2load posts: one gRPC frame each (flag byte, length, message). */
final class Frames {

  /** The lease that keepalive frames name; the loader grants it. */
  static final long LEASE_ID = 7_587_869_134_501L;

  /** Bytes of every value. */
  static final int VALUE_BYTES = 256;

  private Frames() {}

  /** The n-th loaded key: 19 bytes, ascending with n. */
  static ByteString key(long n) {
    return ByteString.copyFrom(String.format("bench/key%010d", n), StandardCharsets.US_ASCII);
  }

  /** A value of {@link #VALUE_BYTES} bytes that does not compress to nothing. */
  static ByteString value(long n) {
    byte[] value = new byte[VALUE_BYTES];
    long state = n * 0x9E3779B97F4A7C15L + 1;
    for (int i = 0; i < value.length; i++) {
      state ^= state << 13;
      state ^= state >>> 7;
      state ^= state << 17;
      value[i] = (byte) state;
    }
    return ByteString.copyFrom(value);
  }

  /**
   * Writes {@code put.bin get.bin range.bin keepalive.bin} into a directory. What is read is not
   * what is put: a key with a long history would slow the reads of a store that walks it.
   */
  static void write(Path directory) throws IOException {
    Files.createDirectories(directory);
    frame(
        directory.resolve("put.bin"),
        PutRequest.newBuilder().setKey(key(500)).setValue(value(1)).build());
    frame(directory.resolve("get.bin"), RangeRequest.newBuilder().setKey(key(2_500)).build());
    frame(
        directory.resolve("range.bin"),
        RangeRequest.newBuilder().setKey(key(2_000)).setRangeEnd(key(3_000)).build());
    frame(
        directory.resolve("keepalive.bin"),
        LeaseKeepAliveRequest.newBuilder().setID(LEASE_ID).build());
  }

  private static void frame(Path file, MessageLite message) throws IOException {
    byte[] body = message.toByteArray();
    Files.write(
        file,
        ByteBuffer.allocate(5 + body.length).put((byte) 0).putInt(body.length).put(body).array());
  }
}
