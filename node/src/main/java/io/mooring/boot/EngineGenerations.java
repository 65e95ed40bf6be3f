package io.mooring.boot;

import io.mooring.raft.core.EntryId;
import io.mooring.transfer.EngineHome;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Comparator;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The engines of one member, a directory each, and which of them is the live one.
 *
 * <pre>
 *   CURRENT   "engine-1"                  the live one
 *   INSTALL   "engine-2 index=7 term=3"   whole and durable; takes over when the log begins
 *                                         behind that entry. There while one is being installed
 *
 *   on disk                               a start goes on with
 *   engine-2, half loaded                 engine-1, and removes engine-2
 *   INSTALL names engine-2                engine-1, and removes INSTALL and engine-2
 *   the log begins behind its entry       engine-2: CURRENT is written, the others removed
 *   CURRENT names engine-2                engine-2
 * </pre>
 */
final class EngineGenerations implements EngineHome {

  private static final Logger LOG = LoggerFactory.getLogger(EngineGenerations.class);

  private static final Pattern NAME = Pattern.compile("engine-([0-9]{1,18})");
  private static final Pattern ANNOUNCED =
      Pattern.compile("(engine-[0-9]{1,18}) index=([0-9]{1,19}) term=([0-9]{1,19})\\s*");

  private final Path root;
  private final Path member;

  /** An engine that is whole, and the entry that its state was made after. */
  private record Announced(String name, EntryId last) {}

  EngineGenerations(Path root) {
    this.root = root;
    this.member = root.resolve("member");
  }

  /** The first engine of a new directory. */
  void create() throws IOException {
    Files.createDirectories(member.resolve("engine-1"), privately());
    write("CURRENT", "engine-1\n");
  }

  /** Name of the live one. */
  String current() throws IOException {
    String name = Files.readString(member.resolve("CURRENT")).strip();
    if (!NAME.matcher(name).matches()) {
      throw DataDirectory.refuse(root, "member/CURRENT names no engine generation");
    }
    return name;
  }

  /**
   * Finishes or undoes what a crash has cut short, and removes what is left over. At start.
   *
   * @param logBeginning the entry behind which the log begins, if it was begun anew
   */
  void settle(EntryId logBeginning) throws IOException {
    Announced announced = announced();
    if (announced != null) {
      if (announced.last.equals(logBeginning)) {
        if (!Files.isDirectory(member.resolve(announced.name))) {
          throw DataDirectory.refuse(
              root,
              "member/" + announced.name + " is missing, though the log begins behind its state");
        }
        LOG.info("finishing the installation of {} of {}", announced.name, announced.last);
        adopt();
      } else {
        Files.delete(member.resolve("INSTALL"));
        FormatFile.syncDirectory(member);
      }
    }
    remove(member.resolve("incoming"));
    for (String name : names()) {
      if (!name.equals(current())) {
        LOG.info("removing {}, which is not in use", name);
        remove(member.resolve(name));
      }
    }
  }

  @Override
  public Path incoming() throws IOException {
    Path incoming = member.resolve("incoming");
    remove(incoming);
    Files.createDirectory(incoming, privately());
    FormatFile.syncDirectory(member);
    return incoming;
  }

  @Override
  public long freeBytes() throws IOException {
    return Files.getFileStore(member).getUsableSpace();
  }

  @Override
  public Path live() throws IOException {
    return member.resolve(current());
  }

  @Override
  public Path prepareNext() throws IOException {
    long newest = names().stream().mapToLong(EngineGenerations::number).max().orElse(0);
    Path next = member.resolve("engine-" + (newest + 1));
    Files.createDirectory(next, privately());
    FormatFile.syncDirectory(member);
    return next;
  }

  @Override
  public void announce(EntryId last) throws IOException {
    String live = current();
    String next =
        names().stream()
            .max(Comparator.comparingLong(EngineGenerations::number))
            .filter(name -> number(name) > number(live))
            .orElseThrow(() -> new IOException("no engine was prepared beside " + live));
    write("INSTALL", next + " index=" + last.index() + " term=" + last.term() + "\n");
  }

  @Override
  public void adopt() throws IOException {
    Announced announced = announced();
    if (announced == null) {
      throw new IOException("no engine was announced");
    }
    write("CURRENT", announced.name + "\n");
    Files.delete(member.resolve("INSTALL"));
    FormatFile.syncDirectory(member);
  }

  @Override
  public void remove(Path directory) throws IOException {
    if (!Files.isDirectory(directory)) {
      return;
    }
    List<Path> all;
    try (Stream<Path> below = Files.walk(directory)) {
      all = below.sorted(Comparator.reverseOrder()).toList();
    }
    for (Path path : all) {
      Files.delete(path);
    }
  }

  private @Nullable Announced announced() throws IOException {
    Path file = member.resolve("INSTALL");
    if (!Files.exists(file)) {
      return null;
    }
    Matcher line = ANNOUNCED.matcher(Files.readString(file));
    if (!line.matches()) {
      throw DataDirectory.refuse(root, "member/INSTALL is damaged");
    }
    EntryId last = new EntryId(Long.parseLong(line.group(2)), Long.parseLong(line.group(3)));
    return new Announced(line.group(1), last);
  }

  private List<String> names() throws IOException {
    try (Stream<Path> files = Files.list(member)) {
      return files
          .map(file -> file.getFileName().toString())
          .filter(name -> NAME.matcher(name).matches())
          .toList();
    }
  }

  private static long number(String name) {
    return Long.parseLong(name.substring("engine-".length()));
  }

  private void write(String file, String text) throws IOException {
    FormatFile.replace(member.resolve(file), text.getBytes(StandardCharsets.UTF_8));
  }

  private static java.nio.file.attribute.FileAttribute<?> privately() {
    return PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"));
  }
}
