package io.mooring.boot.config;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;

/** Shortcuts from a command line to a configuration. */
final class ConfigTestKit {

  static final Set<String> ENGINES = Set.of("memory", "lmdb", "rocksdb");

  private ConfigTestKit() {}

  static NodeConfig read(String... args) {
    return read(Map.of(), args);
  }

  static NodeConfig read(Map<String, String> environment, String... args) {
    return ConfigReader.read(settings(environment, args), ENGINES);
  }

  static Settings settings(Map<String, String> environment, String... args) {
    return Settings.resolve(CommandLineParser.parse(args).flags(), environment);
  }

  static String file(Path directory, String text) throws Exception {
    Path file = Files.createTempFile(directory, "mooring", ".yml");
    return Files.writeString(file, text).toString();
  }
}
