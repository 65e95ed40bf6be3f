package io.mooring.tidy;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** The project's own files, found from wherever the tests run. */
final class Sources {

  private Sources() {}

  /** The root of the project: where the launcher and the modules are. */
  static Path root() {
    Path at = Path.of("").toAbsolutePath();
    while (at != null && !Files.exists(at.resolve("api/pom.xml"))) {
      at = at.getParent();
    }
    if (at == null) {
      throw new IllegalStateException("no project above the working directory");
    }
    return at;
  }

  /** Written Java files, main and tests of every module, in a stable order. */
  static List<Path> javaFiles() {
    List<Path> files = new ArrayList<>();
    try (Stream<Path> modules = Files.list(root())) {
      for (Path module : modules.filter(path -> Files.exists(path.resolve("pom.xml"))).toList()) {
        for (String kind : List.of("src/main/java", "src/test/java")) {
          Path directory = module.resolve(kind);
          if (Files.isDirectory(directory)) {
            try (Stream<Path> below = Files.walk(directory)) {
              below.filter(path -> path.toString().endsWith(".java")).forEach(files::add);
            }
          }
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return files.stream().sorted().toList();
  }

  /** A file's text. */
  static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** A path from the root, with slashes. */
  static String name(Path file) {
    return root().relativize(file).toString().replace('\\', '/');
  }
}
