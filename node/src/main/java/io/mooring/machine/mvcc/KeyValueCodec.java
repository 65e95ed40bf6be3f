package io.mooring.machine.mvcc;

import com.google.protobuf.ByteString;
import com.google.protobuf.CodedInputStream;
import com.google.protobuf.ExtensionRegistryLite;
import com.google.protobuf.UnsafeByteOperations;
import io.mooring.api.mvccpb.KeyValue;
import io.mooring.base.Check;
import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * The payload of a version: one complete encoded {@code mvccpb.KeyValue}, fields in ascending
 * order, zero fields left out, as any protobuf writer has it:
 *
 * <pre>
 * | 0a, length, key | 10 create | 18 mod | 20 version | 2a, length, value | 30 lease |
 * </pre>
 *
 * <p>Written here by hand, once, into an array of the exact size; a reply or an event then copies
 * the bytes and encodes nothing.
 */
public final class KeyValueCodec {

  private static final int KEY = 0x0a;
  private static final int CREATE = 0x10;
  private static final int MOD = 0x18;
  private static final int VERSION = 0x20;
  private static final int VALUE = 0x2a;
  private static final int LEASE = 0x30;

  private KeyValueCodec() {}

  /** Encodes a version. The result may be frozen; the arguments are copied. */
  public static byte[] encode(
      byte[] key, long create, long mod, long version, ByteString value, long leaseId) {
    int valueSize = value.size();
    int valueField = valueSize == 0 ? 0 : 1 + varintSize(valueSize) + valueSize;
    byte[] out = new byte[sizeWithoutValue(key.length, create, mod, version, leaseId) + valueField];
    int at = writeHead(out, key, create, mod, version);
    if (valueSize != 0) {
      out[at++] = VALUE;
      at = writeVarint(out, at, valueSize);
      value.copyTo(out, at);
      at += valueSize;
    }
    at = writeLease(out, at, leaseId);
    Check.that(at == out.length, "key-value size was computed wrongly", at, out.length);
    return out;
  }

  /** Encodes a version without its value, for {@code keys_only}. */
  public static byte[] encodeKeyOnly(
      byte[] key, long create, long mod, long version, long leaseId) {
    return encode(key, create, mod, version, ByteString.EMPTY, leaseId);
  }

  /** Decodes a payload. The message shares the frozen array. */
  public static KeyValue parse(byte[] payload) {
    CodedInputStream in = UnsafeByteOperations.unsafeWrap(payload).newCodedInput();
    in.enableAliasing(true);
    try {
      return KeyValue.parseFrom(in, ExtensionRegistryLite.getEmptyRegistry());
    } catch (IOException e) {
      throw new IllegalStateException("a stored key-value does not decode", e);
    }
  }

  /** Decodes a borrowed payload, which is copied. */
  public static KeyValue parse(ByteBuffer payload) {
    byte[] copy = new byte[payload.remaining()];
    payload.get(payload.position(), copy);
    return parse(copy);
  }

  /** The value inside a payload; shares the frozen array. */
  public static ByteString value(byte[] payload) {
    int at = valueField(payload);
    if (at < 0) {
      return ByteString.EMPTY;
    }
    int size = (int) readVarint(payload, at);
    return UnsafeByteOperations.unsafeWrap(payload, at + varintSize(size), size);
  }

  /** Position of the value's length inside a payload, -1 when the value is empty. */
  static int valueField(byte[] payload) {
    Check.that(payload.length > 0 && payload[0] == KEY, "payload is not a key-value");
    int keySize = (int) readVarint(payload, 1);
    int at = 1 + varintSize(keySize) + keySize;
    while (at < payload.length) {
      int tag = payload[at++];
      if (tag == VALUE) {
        return at;
      }
      Check.that((tag & 7) == 0, "payload holds a strange field", tag);
      at += varintSize(readVarint(payload, at));
    }
    return -1;
  }

  /** Reads a varint at a position. */
  static long readVarint(byte[] from, int at) {
    long result = 0;
    int shift = 0;
    byte b;
    do {
      Check.that(shift < 70, "varint too long", shift);
      b = from[at++];
      result |= (long) (b & 0x7f) << shift;
      shift += 7;
    } while (b < 0);
    return result;
  }

  /** Bytes of a varint, 1 to 10; a negative number takes 10. */
  static int varintSize(long value) {
    return (70 - Long.numberOfLeadingZeros(value | 1)) / 7;
  }

  private static int sizeWithoutValue(
      int keySize, long create, long mod, long version, long leaseId) {
    Check.that(keySize > 0, "an empty key is never stored");
    Check.that(create > 0 && mod >= create, "M1 revisions of a version", create, mod);
    Check.that(version > 0, "M1 version counts from 1", version);
    return 1
        + varintSize(keySize)
        + keySize
        + (1 + varintSize(create))
        + (1 + varintSize(mod))
        + (1 + varintSize(version))
        + (leaseId == 0 ? 0 : 1 + varintSize(leaseId));
  }

  private static int writeHead(byte[] out, byte[] key, long create, long mod, long version) {
    out[0] = KEY;
    int at = writeVarint(out, 1, key.length);
    System.arraycopy(key, 0, out, at, key.length);
    at += key.length;
    out[at++] = CREATE;
    at = writeVarint(out, at, create);
    out[at++] = MOD;
    at = writeVarint(out, at, mod);
    out[at++] = VERSION;
    return writeVarint(out, at, version);
  }

  private static int writeLease(byte[] out, int at, long leaseId) {
    if (leaseId == 0) {
      return at;
    }
    out[at] = LEASE;
    return writeVarint(out, at + 1, leaseId);
  }

  private static int writeVarint(byte[] out, int at, long value) {
    long rest = value;
    while ((rest & ~0x7fL) != 0) {
      out[at++] = (byte) (rest | 0x80);
      rest >>>= 7;
    }
    out[at++] = (byte) rest;
    return at;
  }
}
