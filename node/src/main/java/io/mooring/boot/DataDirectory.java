package io.mooring.boot;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The directory of one member, locked for as long as this is open.
 *
 * <pre>
 *   LOCK               held by the process that uses the directory
 *   FORMAT             what wrote it, see {@link FormatFile}; there from the end of the first start
 *   member/log/        segments of the log
 *   member/CURRENT     names the live engine generation, see {@link EngineGenerations}
 *   member/engine-1/   one generation of one engine
 *   member/incoming/   a transfer being received; wiped at start
 * </pre>
 *
 * FORMAT comes last in a first start and everything else must stand when it is there: a directory
 * that has lost its log or its engine is refused, never taken for an empty one.
 */
final class DataDirectory implements AutoCloseable {

  private static final Set<PosixFilePermission> PRIVATE_DIRECTORY =
      PosixFilePermissions.fromString("rwx------");
  private static final Set<PosixFilePermission> PRIVATE_FILE =
      PosixFilePermissions.fromString("rw-------");

  private final Path root;
  private final FileChannel lockChannel;
  private final FormatFile format;
  private final EngineGenerations engines;
  private final boolean fresh;

  private DataDirectory(Path root, FileChannel lockChannel, FormatFile wanted) throws IOException {
    this.root = root;
    this.lockChannel = lockChannel;
    this.engines = new EngineGenerations(root);
    FormatFile stored = FormatFile.read(root);
    this.fresh = stored == null;
    if (stored != null) {
      stored.checkReadableBy(wanted, root);
      checkComplete();
      this.format = stored;
    } else {
      checkUnused();
      this.format = wanted;
    }
    prepare();
  }

  /**
   * Locks and opens a directory, creating it when absent.
   *
   * @param wanted what a first start writes; its engine must be the one of a used directory
   * @throws StartException naming the path and what to do
   */
  static DataDirectory open(Path path, FormatFile wanted) {
    Path root = path.toAbsolutePath().normalize();
    try {
      createPrivate(root);
      FileChannel lock = lock(root);
      try {
        return new DataDirectory(root, lock, wanted);
      } catch (IOException | RuntimeException e) {
        lock.close();
        throw e;
      }
    } catch (IOException e) {
      throw refuse(root, reason(e));
    }
  }

  /** Whose data a directory holds, before it is opened; null when it was never in use. */
  static @Nullable Identity identity(Path path) {
    Path root = path.toAbsolutePath().normalize();
    try {
      FormatFile stored = FormatFile.read(root);
      return stored == null ? null : stored.identity();
    } catch (IOException e) {
      throw refuse(root, reason(e));
    }
  }

  /** The directory itself, absolute. */
  Path root() {
    return root;
  }

  /** Whether this is its first start. */
  boolean fresh() {
    return fresh;
  }

  /** What the directory belongs to: stored at its first start, or wanted now. */
  FormatFile format() {
    return format;
  }

  /** Segments of the log. */
  Path log() {
    return root.resolve("member/log");
  }

  /** The engines: settled, before the live one is opened. */
  EngineGenerations engines() {
    return engines;
  }

  /** Ends a first start: from now on log and engine must be there. No effect later. */
  void seal() {
    if (fresh) {
      try {
        format.write(root);
        Files.deleteIfExists(startedMark());
      } catch (IOException e) {
        throw refuse(root, reason(e));
      }
    }
  }

  @Override
  public void close() {
    try {
      lockChannel.close();
    } catch (IOException e) {
      throw refuse(root, reason(e));
    }
  }

  private static void createPrivate(Path root) throws IOException {
    if (Files.exists(root) && !Files.isDirectory(root)) {
      throw new NotDirectoryException(root.toString());
    }
    Files.createDirectories(root, PosixFilePermissions.asFileAttribute(PRIVATE_DIRECTORY));
    Set<PosixFilePermission> present = Files.getPosixFilePermissions(root);
    Set<PosixFilePermission> tooMuch = EnumSet.copyOf(present);
    tooMuch.removeAll(PRIVATE_DIRECTORY);
    if (!tooMuch.isEmpty()) {
      try {
        Files.setPosixFilePermissions(root, PRIVATE_DIRECTORY);
      } catch (FileSystemException e) {
        throw refuse(
            root,
            "its mode "
                + PosixFilePermissions.toString(present)
                + " lets others in and is not ours to change; use a directory of mode 0700");
      }
    }
  }

  private static FileChannel lock(Path root) throws IOException {
    FileChannel channel =
        FileChannel.open(
            root.resolve("LOCK"),
            Set.of(StandardOpenOption.CREATE, StandardOpenOption.WRITE),
            PosixFilePermissions.asFileAttribute(PRIVATE_FILE));
    try {
      FileLock lock = channel.tryLock();
      if (lock != null) {
        return channel;
      }
    } catch (OverlappingFileLockException e) {
      // Another node of this very process holds it: the same answer.
    }
    channel.close();
    throw refuse(root, "in use by another process, which holds its LOCK");
  }

  private void checkComplete() throws IOException {
    for (String part : List.of("member/log", "member/CURRENT")) {
      if (!Files.exists(root.resolve(part))) {
        throw damaged(part);
      }
    }
    String generation = engines.current();
    if (!Files.isDirectory(root.resolve("member").resolve(generation))) {
      throw damaged("member/" + generation);
    }
    try (Stream<Path> segments = Files.list(log())) {
      if (segments.noneMatch(file -> file.getFileName().toString().endsWith(".seg"))) {
        throw damaged("every segment of member/log");
      }
    }
  }

  private StartException damaged(String missing) {
    return refuse(
        root, missing + " is missing, though this member was in use; restore it or start anew");
  }

  /** A first start may have died half way, but must not find what it did not make. */
  private void checkUnused() throws IOException {
    if (Files.isDirectory(root.resolve("member/wal"))
        || Files.isDirectory(root.resolve("member/snap"))) {
      throw refuse(root, "holds the data of etcd itself, which Mooring cannot read");
    }
    if (Files.isDirectory(log()) && !isEmpty(log()) && !Files.exists(startedMark())) {
      throw refuse(root, "FORMAT is missing, though there is a log; restore it or start anew");
    }
  }

  private void prepare() throws IOException {
    Path member = root.resolve("member");
    if (fresh) {
      createPrivateDirectory(member);
      // Tells a first start that died from a directory that has lost its FORMAT.
      write(startedMark(), "");
      createPrivateDirectory(log());
      engines.create();
      FormatFile.syncDirectory(member);
      FormatFile.syncDirectory(root);
    } else {
      Files.deleteIfExists(startedMark());
    }
  }

  private Path startedMark() {
    return root.resolve("member/FIRST-START");
  }

  private static void createPrivateDirectory(Path path) throws IOException {
    Files.createDirectories(path, PosixFilePermissions.asFileAttribute(PRIVATE_DIRECTORY));
  }

  private static void write(Path file, String text) throws IOException {
    FormatFile.replace(file, text.getBytes(StandardCharsets.UTF_8));
  }

  private static boolean isEmpty(Path directory) throws IOException {
    try (Stream<Path> files = Files.list(directory)) {
      return files.findAny().isEmpty();
    }
  }

  private static String reason(IOException e) {
    if (e instanceof NotDirectoryException) {
      return "is not a directory";
    }
    if (e instanceof AccessDeniedException denied) {
      return "no permission for " + denied.getFile();
    }
    if (e instanceof FileSystemException fault) {
      return "cannot use " + fault.getFile() + ": " + reason(fault);
    }
    return String.valueOf(e.getMessage());
  }

  /** Those that the JDK has classes for come without words. */
  private static String reason(FileSystemException fault) {
    @Nullable String why = fault.getReason();
    if (why != null) {
      return why;
    }
    return fault instanceof NoSuchFileException
        ? "no such file or directory"
        : fault.getClass().getSimpleName();
  }

  static StartException refuse(Path root, String rule) {
    return new StartException("data-dir: " + root + ": " + rule);
  }
}
