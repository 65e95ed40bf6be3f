package io.mooring.boot.local;

import io.mooring.boot.StartException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The process of a member, found again by a file with its id and the time it began: an id alone may
 * have gone to another program since.
 */
final class MemberHandle {

  private static final String NEVER = Instant.EPOCH.toString();

  private MemberHandle() {}

  /** The running process of a member, or null. */
  static @Nullable ProcessHandle find(LocalMember member) {
    Path file = member.processFile();
    try {
      if (!Files.exists(file)) {
        return null;
      }
      String[] words = Files.readString(file).strip().split(" ", -1);
      Optional<ProcessHandle> process = ProcessHandle.of(Long.parseLong(words[0]));
      return process.filter(it -> it.isAlive() && began(it).equals(words[1])).orElse(null);
    } catch (IOException | RuntimeException e) {
      throw new StartException("cluster: " + file + ": cannot be read: " + e);
    }
  }

  /**
   * Starts a member as a process that outlives this one; what it prints goes to its log file.
   *
   * @param java the program and options of this JVM, up to the class path
   */
  static ProcessHandle start(LocalCluster cluster, LocalMember member, List<String> java) {
    List<String> command = new ArrayList<>(java);
    command.addAll(cluster.arguments(member));
    try {
      ProcessHandle process =
          new ProcessBuilder(command)
              .redirectInput(Path.of("/dev/null").toFile())
              .redirectErrorStream(true)
              .redirectOutput(ProcessBuilder.Redirect.appendTo(member.logFile().toFile()))
              .start()
              .toHandle();
      Files.writeString(member.processFile(), process.pid() + " " + began(process) + "\n");
      return process;
    } catch (IOException e) {
      throw new StartException("cluster: " + member.name() + ": cannot start: " + e.getMessage());
    }
  }

  private static String began(ProcessHandle process) {
    return process.info().startInstant().map(Instant::toString).orElse(NEVER);
  }
}
