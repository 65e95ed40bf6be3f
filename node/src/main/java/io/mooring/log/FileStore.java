package io.mooring.log;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;

/**
 * One directory of files, as little of a file system as the log needs: real, or simulated with
 * faults. Names are plain file names. Creating, renaming and deleting is durable only after {@link
 * #syncDirectory}, written bytes only after {@link File#sync}.
 */
public interface FileStore {

  /** Names of everything in the directory, in no order. */
  List<String> list() throws IOException;

  /** Opens an existing file for reading and writing. */
  File open(String name) throws IOException;

  /** Creates a file that must not exist, readable by its owner alone. */
  File create(String name) throws IOException;

  /** Renames a file; the new name must not exist. */
  void rename(String from, String to) throws IOException;

  /** The same, in the place of a file of the new name if there is one: it is one or the other. */
  void replace(String from, String to) throws IOException;

  /** Deletes a file. */
  void delete(String name) throws IOException;

  /** Makes the directory's entries durable. */
  void syncDirectory() throws IOException;

  /** An open file. Used by one thread at a time. */
  interface File extends AutoCloseable {

    /** Bytes in it now. */
    long size() throws IOException;

    /** Reads at a position; may read less than asked, -1 at the end. */
    int read(ByteBuffer to, long position) throws IOException;

    /** Writes at a position; may write less than asked, at least one byte. */
    int write(ByteBuffer from, long position) throws IOException;

    /** Makes the content durable. Fatal when it fails: pages may be lost and look clean (S2). */
    void sync() throws IOException;

    @Override
    void close() throws IOException;
  }

  /** Writes a buffer whole: short writes are normal (S3). */
  static void writeFully(File file, ByteBuffer from, long position) throws IOException {
    long at = position;
    while (from.hasRemaining()) {
      int written = file.write(from, at);
      if (written <= 0) {
        throw new IOException("wrote nothing at offset " + at);
      }
      at += written;
    }
  }

  /** Reads until the buffer is full or the file ends. */
  static void readFully(File file, ByteBuffer to, long position) throws IOException {
    long at = position;
    while (to.hasRemaining()) {
      int read = file.read(to, at);
      if (read < 0) {
        return;
      }
      at += read;
    }
  }
}
