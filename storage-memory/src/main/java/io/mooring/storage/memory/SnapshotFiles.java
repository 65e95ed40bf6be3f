package io.mooring.storage.memory;

import io.mooring.api.storage.EngineException;
import io.mooring.api.storage.EngineException.Kind;
import io.mooring.api.storage.EngineState;
import io.mooring.api.storage.Snapshot;
import io.mooring.api.storage.transfer.TransferReader;
import io.mooring.api.storage.transfer.TransferWriter;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The snapshot files of one directory. Each is a transfer stream; its name is the applied index.
 *
 * <pre>
 *   00000000000f4240.snapshot    complete, verified, durable
 *   00000000000f4240.tmp         being written; of no meaning, removed at start
 * </pre>
 *
 * <p>A file gets its name only after its bytes are on the disk and have been read back, and the two
 * newest are kept: one damaged file costs a longer replay, never the store.
 */
final class SnapshotFiles {

  private static final String SUFFIX = ".snapshot";
  private static final String TEMPORARY = ".tmp";
  private static final Pattern NAME = Pattern.compile("[0-9a-f]{16}\\.snapshot");
  private static final int KEPT = 2;
  private static final int CHUNK_BYTES = 256 << 10;

  /** No chunk is longer than one record, and no record than the largest request. */
  private static final long MAX_CHUNK_BYTES = 1L << 30;

  private final Path directory;
  private final SnapshotDisk disk;
  private volatile long bytesOnDisk;

  SnapshotFiles(Path directory, SnapshotDisk disk) {
    this.directory = directory;
    this.disk = disk;
  }

  long bytesOnDisk() {
    return bytesOnDisk;
  }

  /** Removes what an interrupted write left behind. */
  void removeTemporaries() throws IOException {
    try (DirectoryStream<Path> files = Files.newDirectoryStream(directory, "*" + TEMPORARY)) {
      for (Path file : files) {
        Files.delete(file);
      }
    }
  }

  /** Complete files, newest first. */
  List<Path> list() throws IOException {
    List<Path> found = new ArrayList<>();
    long bytes = 0;
    try (DirectoryStream<Path> files = Files.newDirectoryStream(directory, "*" + SUFFIX)) {
      for (Path file : files) {
        if (NAME.matcher(file.getFileName().toString()).matches()) {
          found.add(file);
          bytes += Files.size(file);
        }
      }
    }
    bytesOnDisk = bytes;
    found.sort(Comparator.comparing((Path file) -> file.getFileName().toString()).reversed());
    return found;
  }

  /** Writes the content of an engine snapshot; when this returns, a crash keeps it. */
  void write(Snapshot snapshot) throws IOException {
    String index = HexFormat.of().toHexDigits(snapshot.state().appliedIndex());
    Path temporary = directory.resolve(index + TEMPORARY);
    Path complete = directory.resolve(index + SUFFIX);
    try (FileChannel channel = disk.create(temporary);
        TransferWriter writer = TransferWriter.ofFile(snapshot)) {
      for (byte[] chunk = next(writer); chunk != null; chunk = next(writer)) {
        disk.write(channel, ByteBuffer.wrap(chunk));
      }
      disk.force(channel);
      try (TransferReader verifier = TransferReader.verifying()) {
        channel.position(0);
        EngineState readBack = read(channel, temporary, verifier);
        if (!readBack.equals(writer.state().withLogicalBytes(0))) {
          throw new IOException("S8 " + temporary + " reads back otherwise than written");
        }
      }
    }
    disk.rename(temporary, complete);
    disk.forceDirectory(directory);
    prune();
  }

  private static byte @Nullable [] next(TransferWriter writer) {
    return writer.nextChunk(CHUNK_BYTES);
  }

  /** Reads a file to its end; the state it carries. Damage is an exception that names the file. */
  static EngineState read(Path file, TransferReader into) throws IOException {
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
      return read(channel, file, into);
    }
  }

  private static EngineState read(FileChannel channel, Path file, TransferReader into)
      throws IOException {
    try {
      ByteBuffer front = ByteBuffer.allocate(4);
      boolean first = true;
      while (channel.position() < channel.size()) {
        long rest = channel.size() - channel.position();
        fill(channel, front.clear());
        long length = TransferReader.chunkBytes(first, front.getInt(0));
        if (length > rest || length > MAX_CHUNK_BYTES) {
          throw new EngineException(
              Kind.CORRUPT, "a chunk of " + length + " bytes where " + rest + " are left", null);
        }
        byte[] chunk = new byte[(int) length];
        ByteBuffer whole = ByteBuffer.wrap(chunk);
        whole.putInt(front.getInt(0));
        fill(channel, whole);
        into.accept(chunk);
        first = false;
      }
      return into.finish();
    } catch (EngineException e) {
      throw new EngineException(e.kind(), file + ": " + e.getMessage(), e);
    }
  }

  private static void fill(FileChannel channel, ByteBuffer into) throws IOException {
    while (into.hasRemaining()) {
      if (channel.read(into) < 0) {
        throw new EngineException(Kind.CORRUPT, "it ends inside a chunk", null);
      }
    }
  }

  private void prune() throws IOException {
    List<Path> files = list();
    for (Path old : files.subList(Math.min(KEPT, files.size()), files.size())) {
      Files.delete(old);
    }
    list();
  }
}
