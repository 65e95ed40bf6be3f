package io.mooring.log;

import java.io.IOException;
import java.nio.ByteBuffer;

/** Reads a file forward through a buffer that grows only to the record that must fit in it. */
final class FileWindow {

  private static final int START_BYTES = 256 << 10;

  private final String name;
  private final FileStore.File file;
  private final long size;
  private ByteBuffer buffer = ByteBuffer.allocate(START_BYTES).limit(0);
  private long bufferAt;

  FileWindow(String name, FileStore.File file) {
    this.name = name;
    this.file = file;
    try {
      this.size = file.size();
    } catch (IOException e) {
      throw LogException.io(name, "reading the size", e);
    }
  }

  long size() {
    return size;
  }

  /** The bytes; absolute reads at {@link #at} are valid for what was fetched last. */
  ByteBuffer buffer() {
    return buffer;
  }

  /** Makes a range readable and returns where it begins in the buffer; -1 beyond the file's end. */
  int at(long offset, int bytes) {
    if (offset + bytes > size) {
      return -1;
    }
    if (offset < bufferAt || offset + bytes > bufferAt + buffer.limit()) {
      fill(offset, bytes);
    }
    return (int) (offset - bufferAt);
  }

  /** Offset behind the last byte that is not zero, at or after an offset; that offset if none. */
  long endOfData(long from) {
    return endOfData(from, size);
  }

  /** The same of what stands before an offset. */
  long endOfData(long from, long before) {
    long limit = Math.min(before, size);
    long end = from;
    for (long offset = from; offset < limit; offset += START_BYTES) {
      int bytes = (int) Math.min(START_BYTES, limit - offset);
      int start = at(offset, bytes);
      int last = lastNonZero(start, start + bytes);
      if (last >= 0) {
        end = offset + (last - start) + 1;
      }
    }
    return end;
  }

  private int lastNonZero(int from, int to) {
    int at = to;
    // Most of it is zeros: eight at a time.
    while (at - Long.BYTES >= from && buffer.getLong(at - Long.BYTES) == 0) {
      at -= Long.BYTES;
    }
    while (at > from && buffer.get(at - 1) == 0) {
      at--;
    }
    return at == from ? -1 : at - 1;
  }

  private void fill(long offset, int bytes) {
    if (buffer.capacity() < bytes) {
      buffer = ByteBuffer.allocate(bytes);
    }
    buffer.clear();
    try {
      FileStore.readFully(file, buffer, offset);
    } catch (IOException e) {
      throw LogException.io(name, "reading at offset " + offset, e);
    }
    buffer.flip();
    if (buffer.limit() < bytes) {
      throw LogException.corrupt(name, offset, 0, "the file became shorter while it was read");
    }
    bufferAt = offset;
  }
}
