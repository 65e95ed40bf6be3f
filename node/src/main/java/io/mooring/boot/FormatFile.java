package io.mooring.boot;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The file FORMAT: text, one {@code key=value} a line.
 *
 * <pre>
 *   product=mooring
 *   format=1              version of the directory's layout and of the log
 *   engine=lmdb
 *   engine-format=1       version of what the engine writes
 *   cluster-id=cdf818194e3a8c32
 *   member-id=8e9e05c52164694d
 *   written-by=0.1.0
 * </pre>
 *
 * @param format layout version
 * @param engine name of the engine that wrote it
 * @param engineFormat the engine's format version
 * @param identity whose data it is
 * @param writtenBy the release that made it
 */
record FormatFile(
    int format, String engine, int engineFormat, Identity identity, String writtenBy) {

  /** Layout that this build writes. */
  static final int FORMAT = 1;

  private static final Set<PosixFilePermission> PRIVATE =
      PosixFilePermissions.fromString("rw-------");
  private static final String FILE = "FORMAT";
  private static final int MAX_BYTES = 4096;

  /** What this build writes for a new directory. */
  static FormatFile of(String engine, int engineFormat, Identity identity) {
    return new FormatFile(FORMAT, engine, engineFormat, identity, Version.MOORING);
  }

  /** Reads it; null when there is none. */
  static @Nullable FormatFile read(Path root) throws IOException {
    Path file = root.resolve(FILE);
    if (!Files.exists(file)) {
      return null;
    }
    if (Files.size(file) > MAX_BYTES) {
      throw DataDirectory.refuse(root, "FORMAT is not one of ours");
    }
    Map<String, String> values = new LinkedHashMap<>();
    for (String line : Files.readString(file, StandardCharsets.ISO_8859_1).lines().toList()) {
      int equals = line.indexOf('=');
      if (equals > 0) {
        values.put(line.substring(0, equals), line.substring(equals + 1));
      }
    }
    if (!"mooring".equals(values.get("product"))) {
      throw DataDirectory.refuse(root, "FORMAT is not one of ours");
    }
    try {
      return new FormatFile(
          Integer.parseInt(need(root, values, "format")),
          need(root, values, "engine"),
          Integer.parseInt(need(root, values, "engine-format")),
          new Identity(
              Long.parseUnsignedLong(need(root, values, "cluster-id"), 16),
              Long.parseUnsignedLong(need(root, values, "member-id"), 16)),
          values.getOrDefault("written-by", "unknown"));
    } catch (NumberFormatException e) {
      throw DataDirectory.refuse(root, "FORMAT is damaged: " + e.getMessage());
    }
  }

  /** Refuses a directory of another engine or a newer format. */
  void checkReadableBy(FormatFile wanted, Path root) {
    if (format > wanted.format) {
      throw DataDirectory.refuse(
          root,
          "format %d written by Mooring %s, this is Mooring %s, which reads up to format %d"
              .formatted(format, writtenBy, wanted.writtenBy, wanted.format));
    }
    if (!engine.equals(wanted.engine)) {
      throw DataDirectory.refuse(
          root,
          "written by engine %s, this start asks for %s; set storage-engine to %s"
              .formatted(engine, wanted.engine, engine));
    }
    if (engineFormat > wanted.engineFormat) {
      throw DataDirectory.refuse(
          root,
          "%s format %d written by Mooring %s, this is Mooring %s, which reads up to format %d"
              .formatted(engine, engineFormat, writtenBy, wanted.writtenBy, wanted.engineFormat));
    }
  }

  /** Writes it, whole or not at all, durably. */
  void write(Path root) throws IOException {
    String text =
        """
        product=mooring
        format=%d
        engine=%s
        engine-format=%d
        cluster-id=%s
        member-id=%s
        written-by=%s
        """
            .formatted(
                format,
                engine,
                engineFormat,
                Long.toHexString(identity.clusterId()),
                Long.toHexString(identity.memberId()),
                writtenBy);
    replace(root.resolve(FILE), text.getBytes(StandardCharsets.UTF_8));
  }

  /** Replaces a file by rename, with everything synced. */
  static void replace(Path file, byte[] content) throws IOException {
    Path fresh = file.resolveSibling(file.getFileName() + ".tmp");
    try (FileChannel channel =
        FileChannel.open(
            fresh,
            Set.of(
                StandardOpenOption.CREATE,
                StandardOpenOption.TRUNCATE_EXISTING,
                StandardOpenOption.WRITE),
            PosixFilePermissions.asFileAttribute(PRIVATE))) {
      ByteBuffer bytes = ByteBuffer.wrap(content);
      while (bytes.hasRemaining()) {
        channel.write(bytes);
      }
      channel.force(true);
    }
    Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE);
    Path parent = file.getParent();
    if (parent != null) {
      syncDirectory(parent);
    }
  }

  /** Makes creations and renames in a directory durable. */
  static void syncDirectory(Path directory) throws IOException {
    try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
      channel.force(true);
    }
  }

  private static String need(Path root, Map<String, String> values, String key) {
    String value = values.get(key);
    if (value == null) {
      throw DataDirectory.refuse(root, "FORMAT is damaged: " + key + " is missing");
    }
    return value;
  }
}
