package io.mooring.base;

import com.google.protobuf.CodedOutputStream;
import com.google.protobuf.MessageLite;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/**
 * Bytes on their way to the wire, written once, front to back, in protobuf's encoding. It grows by
 * whole chunks, so that nothing is copied as it grows and no array is larger than {@link
 * #CHUNK_BYTES} unless one value is.
 *
 * <p>Confined to one thread at a time; whoever hands it over stops writing.
 */
public final class WireBuffer {

  /** Bytes of a chunk after the first. */
  public static final int CHUNK_BYTES = 64 << 10;

  private static final int VARINT = 0;
  private static final int LENGTH_DELIMITED = 2;
  private static final int MAX_VARINT_BYTES = 10;

  private final List<ByteBuffer> full = new ArrayList<>(4);
  private byte[] chunk;
  private int used;
  private int fullBytes;

  /** A buffer whose first chunk has a size; a good guess saves a chunk, a bad one costs nothing. */
  public WireBuffer(int firstChunkBytes) {
    chunk = new byte[Math.max(firstChunkBytes, MAX_VARINT_BYTES)];
  }

  /** Bytes written so far. */
  public int size() {
    return fullBytes + used;
  }

  /** Adds a varint field; zero is left out, as proto3 does. */
  public void int64Field(int number, long value) {
    if (value != 0) {
      varint((long) number << 3 | VARINT);
      varint(value);
    }
  }

  /** Adds a bool field; false is left out. */
  public void boolField(int number, boolean value) {
    int64Field(number, value ? 1 : 0);
  }

  /** Begins a length-delimited field; the caller adds exactly so many bytes after it. */
  public void delimited(int number, int byteCount) {
    varint((long) number << 3 | LENGTH_DELIMITED);
    varint(byteCount);
  }

  /** Adds a length-delimited field. The bytes are copied; the source's position is unchanged. */
  public void bytesField(int number, ByteBuffer source) {
    delimited(number, source.remaining());
    bytes(source);
  }

  /** Adds a length-delimited field. The bytes are copied. */
  public void bytesField(int number, byte[] source) {
    delimited(number, source.length);
    bytes(source, 0, source.length);
  }

  /** Adds an unsigned varint. */
  public void varint(long value) {
    ensure(MAX_VARINT_BYTES);
    byte[] to = chunk;
    int at = used;
    long rest = value;
    while ((rest & ~0x7fL) != 0) {
      to[at++] = (byte) (rest | 0x80);
      rest >>>= 7;
    }
    to[at++] = (byte) rest;
    used = at;
  }

  /** Adds bytes as they are; the source's position is unchanged. */
  public void bytes(ByteBuffer source) {
    int length = source.remaining();
    ensure(length);
    source.get(source.position(), chunk, used, length);
    used += length;
  }

  /** Adds bytes as they are. */
  public void bytes(byte[] source, int from, int length) {
    ensure(length);
    System.arraycopy(source, from, chunk, used, length);
    used += length;
  }

  /** Adds a message's fields as they are. */
  public void message(MessageLite message) {
    int length = message.getSerializedSize();
    ensure(length);
    CodedOutputStream out = CodedOutputStream.newInstance(chunk, used, length);
    try {
      message.writeTo(out);
    } catch (IOException e) {
      throw new UncheckedIOException("an array refused bytes", e);
    }
    out.checkNoSpaceLeft();
    used += length;
  }

  /** Adds all bytes of another buffer, which gives them up; nothing is copied. */
  public void take(WireBuffer other) {
    seal();
    full.addAll(other.full);
    fullBytes = Math.addExact(fullBytes, other.fullBytes);
    chunk = other.chunk;
    used = other.used;
  }

  /** The bytes in order, as read-write views of the chunks; nothing may be added afterwards. */
  public List<ByteBuffer> chunks() {
    List<ByteBuffer> all = new ArrayList<>(full.size() + 1);
    for (ByteBuffer done : full) {
      all.add(done.duplicate());
    }
    if (used > 0) {
      all.add(ByteBuffer.wrap(chunk, 0, used));
    }
    return all;
  }

  /** A copy of all bytes in one array. */
  public byte[] toByteArray() {
    byte[] all = new byte[size()];
    int at = 0;
    for (ByteBuffer part : chunks()) {
      int length = part.remaining();
      part.get(all, at, length);
      at += length;
    }
    return all;
  }

  /** Bytes that a value takes as a varint. */
  public static int varintSize(long value) {
    return (63 - Long.numberOfLeadingZeros(value | 1)) / 7 + 1;
  }

  /** Bytes of a varint field with a number below 16; none when the value is zero. */
  public static int int64FieldSize(long value) {
    return value == 0 ? 0 : 1 + varintSize(value);
  }

  private void ensure(int byteCount) {
    if (chunk.length - used < byteCount) {
      seal();
      chunk = new byte[Math.max(CHUNK_BYTES, byteCount)];
      used = 0;
    }
  }

  private void seal() {
    if (used > 0) {
      full.add(ByteBuffer.wrap(chunk, 0, used));
      fullBytes = Math.addExact(fullBytes, used);
    }
  }
}
