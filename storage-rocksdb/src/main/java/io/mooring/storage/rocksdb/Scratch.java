package io.mooring.storage.rocksdb;

import java.nio.ByteBuffer;

/**
 * A direct buffer that RocksDB copies one key or value into, with the read-only face that is lent
 * out. Grows to what is asked; used by one thread at a time.
 */
final class Scratch {

  private ByteBuffer buffer;
  private ByteBuffer face;

  Scratch(int capacity) {
    buffer = ByteBuffer.allocateDirect(capacity);
    face = buffer.asReadOnlyBuffer();
  }

  /** The buffer, cleared, for RocksDB to fill or for a key to be put in. */
  ByteBuffer clear() {
    return buffer.clear();
  }

  /** The same with room for so many bytes; what it held is lost. */
  ByteBuffer clear(int bytes) {
    if (bytes > buffer.capacity()) {
      buffer = ByteBuffer.allocateDirect(Integer.highestOneBit(bytes - 1) << 1);
      face = buffer.asReadOnlyBuffer();
    }
    return buffer.clear();
  }

  /** A key, ready to be read by RocksDB. */
  ByteBuffer filledWith(byte[] bytes) {
    return clear(bytes.length).put(bytes).flip();
  }

  int capacity() {
    return buffer.capacity();
  }

  /** Read-only, big-endian: the first bytes of the buffer, until it is filled again. */
  ByteBuffer face(int bytes) {
    return face.limit(bytes).position(0);
  }
}
