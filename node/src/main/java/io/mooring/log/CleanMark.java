package io.mooring.log;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * A file that says where a log ended when its member stopped on purpose. While it is there nothing
 * may be missing and nothing may be cut (S5). It is removed, durably, before the first write after
 * a start.
 *
 * <pre>
 *    0  magic "MOORCLN\n"                  8
 *    8  format version                    4
 *   12  zero                              4
 *   16  id of the last segment            8
 *   24  offset at which its last group ended  8
 *   32  number of that group              8
 *   40  last index                        8
 *   48  zero                              4
 *   52  CRC32C of the bytes before        4
 * </pre>
 */
record CleanMark(long segmentId, long position, long groupNumber, long lastIndex) {

  static final String NAME = "CLEAN";

  private static final String TEMPORARY = "CLEAN.tmp";
  private static final long MAGIC = 0x4d4f4f52434c4e0aL;
  private static final int FORMAT_VERSION = 1;
  private static final int BYTES = 56;
  private static final int CRC_OFFSET = 52;

  static CleanMark of(SegmentHeader segment, LogTail tail) {
    return new CleanMark(segment.id(), tail.position(), tail.groupNumber(), tail.last().index());
  }

  void write(FileStore store) throws IOException {
    ByteBuffer out = ByteBuffer.allocate(BYTES);
    out.putLong(MAGIC).putInt(FORMAT_VERSION).putInt(0);
    out.putLong(segmentId).putLong(position).putLong(groupNumber).putLong(lastIndex).putInt(0);
    out.putInt(crc(out)).flip();
    try (FileStore.File file = store.create(TEMPORARY)) {
      FileStore.writeFully(file, out, 0);
      file.sync();
    }
    store.rename(TEMPORARY, NAME);
    store.syncDirectory();
  }

  /** Reads the mark if it is among the files. A damaged one is refused like any damaged file. */
  static @Nullable CleanMark read(FileStore store, Iterable<String> names) throws IOException {
    for (String name : names) {
      if (name.equals(NAME)) {
        return read(store);
      }
    }
    return null;
  }

  static void remove(FileStore store) throws IOException {
    store.delete(NAME);
    store.syncDirectory();
  }

  private static CleanMark read(FileStore store) throws IOException {
    ByteBuffer in = ByteBuffer.allocate(BYTES);
    try (FileStore.File file = store.open(NAME)) {
      FileStore.readFully(file, in, 0);
    }
    in.flip();
    if (in.limit() < BYTES || in.getLong(0) != MAGIC) {
      throw LogException.corrupt(NAME, 0, 0, "not a clean-shutdown mark");
    }
    if (in.getInt(8) > FORMAT_VERSION) {
      throw new LogException(
          "log " + NAME + ": written by format " + in.getInt(8) + ", this is " + FORMAT_VERSION);
    }
    if (in.getInt(CRC_OFFSET) != crc(in)) {
      throw LogException.corrupt(NAME, 0, 0, "checksum of the clean-shutdown mark");
    }
    return new CleanMark(in.getLong(16), in.getLong(24), in.getLong(32), in.getLong(40));
  }

  private static int crc(ByteBuffer bytes) {
    CRC32C crc = new CRC32C();
    crc.update(bytes.duplicate().position(0).limit(CRC_OFFSET));
    return (int) crc.getValue();
  }
}
