package io.mooring.boot.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Every file of conf/ is a configuration that starts. */
class ReadyConfigurationsTest {

  @Test
  void everyReadyConfigurationIsAccepted() throws IOException {
    Path conf = Path.of("").toAbsolutePath().resolveSibling("conf");
    try (Stream<Path> found = Files.list(conf)) {
      List<Path> files = found.filter(file -> file.toString().endsWith(".yml")).toList();
      assertThat(files).hasSizeGreaterThanOrEqualTo(3);
      for (Path file : files) {
        assertThat(ConfigTestKit.read("--config-file", file.toString()).urls().listenClient())
            .as(file.toString())
            .isNotEmpty();
      }
    }
  }
}
