package io.mooring.log;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/** A directory on a disk, 0700, with files of 0600 (S17). Threads that use it block. */
public final class RealFileStore implements FileStore {

  private static final Set<PosixFilePermission> DIRECTORY_MODE =
      PosixFilePermissions.fromString("rwx------");
  private static final Set<PosixFilePermission> FILE_MODE =
      PosixFilePermissions.fromString("rw-------");
  private static final FileAttribute<Set<PosixFilePermission>> NEW_FILE =
      PosixFilePermissions.asFileAttribute(FILE_MODE);

  private final Path directory;

  /**
   * Opens a directory and creates it, with its parents, when it is not there.
   *
   * @throws IOException also when its mode is looser than 0700 and not ours to tighten
   */
  public RealFileStore(Path directory) throws IOException {
    this.directory = directory;
    Files.createDirectories(directory, PosixFilePermissions.asFileAttribute(DIRECTORY_MODE));
    tighten(directory, DIRECTORY_MODE);
  }

  private static void tighten(Path path, Set<PosixFilePermission> mode) throws IOException {
    if (!mode.containsAll(Files.getPosixFilePermissions(path))) {
      Files.setPosixFilePermissions(path, mode);
    }
  }

  @Override
  public List<String> list() throws IOException {
    try (Stream<Path> files = Files.list(directory)) {
      return files.map(file -> file.getFileName().toString()).toList();
    }
  }

  @Override
  public File open(String name) throws IOException {
    Path path = directory.resolve(name);
    tighten(path, FILE_MODE);
    return new RealFile(FileChannel.open(path, StandardOpenOption.READ, StandardOpenOption.WRITE));
  }

  @Override
  public File create(String name) throws IOException {
    return new RealFile(
        FileChannel.open(
            directory.resolve(name),
            Set.of(
                StandardOpenOption.READ, StandardOpenOption.WRITE, StandardOpenOption.CREATE_NEW),
            NEW_FILE));
  }

  @Override
  public void rename(String from, String to) throws IOException {
    Files.move(directory.resolve(from), directory.resolve(to));
  }

  @Override
  public void replace(String from, String to) throws IOException {
    Files.move(directory.resolve(from), directory.resolve(to), StandardCopyOption.ATOMIC_MOVE);
  }

  @Override
  public void delete(String name) throws IOException {
    Files.delete(directory.resolve(name));
  }

  @Override
  public void syncDirectory() throws IOException {
    try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
      channel.force(true);
    }
  }

  @Override
  public String toString() {
    return directory.toString();
  }

  private record RealFile(FileChannel channel) implements File {

    @Override
    public long size() throws IOException {
      return channel.size();
    }

    @Override
    public int read(ByteBuffer to, long position) throws IOException {
      return channel.read(to, position);
    }

    @Override
    public int write(ByteBuffer from, long position) throws IOException {
      return channel.write(from, position);
    }

    @Override
    public void sync() throws IOException {
      // fdatasync: it still writes a size that changed, and leaves out the times, which nobody
      // needs.
      channel.force(false);
    }

    @Override
    public void close() throws IOException {
      channel.close();
    }
  }
}
