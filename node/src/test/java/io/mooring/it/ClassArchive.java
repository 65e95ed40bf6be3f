package io.mooring.it;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * The JVM's archive of the classes that a start loads, made once for a jar as the launcher makes
 * it: tests of processes start a hundred of them. Without one they are only slower.
 */
final class ClassArchive {

  private static final long LIMIT_SECONDS = 60;

  /** Made when the first process is started. */
  private static final class Holder {
    static final List<String> FLAGS = make(ServerProcess.jar());
  }

  private ClassArchive() {}

  /** Flags that use the archive; none where it cannot be made. */
  static List<String> flags() {
    return Holder.FLAGS;
  }

  private static List<String> make(Path jar) {
    Path archive = jar.resolveSibling("it-" + Runtime.version().feature() + ".jsa");
    try {
      boolean fresh =
          Files.exists(archive)
              && Files.getLastModifiedTime(archive).compareTo(Files.getLastModifiedTime(jar)) > 0;
      if (!fresh) {
        rehearse(jar, archive);
      }
      return List.of("-XX:SharedArchiveFile=" + archive, "-Xlog:cds=off", "-Xlog:cds+dynamic=off");
    } catch (IOException | InterruptedException e) {
      return List.of();
    }
  }

  private static void rehearse(Path jar, Path archive) throws IOException, InterruptedException {
    Path stage = Files.createTempDirectory("rehearsal");
    Path made = stage.resolve("classes.jsa");
    List<String> command = new ArrayList<>(ServerProcess.jvm());
    command.addAll(
        List.of(
            "-XX:ArchiveClassesAtExit=" + made,
            "-jar",
            jar.toString(),
            "rehearse",
            stage.resolve("data").toString()));
    Process process =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(stage.resolve("output").toFile())
            .start();
    if (!process.waitFor(LIMIT_SECONDS, TimeUnit.SECONDS) || process.exitValue() != 0) {
      process.destroyForcibly();
      throw new IOException("no archive: " + Files.readString(stage.resolve("output")));
    }
    Files.move(made, archive, StandardCopyOption.REPLACE_EXISTING);
  }
}
