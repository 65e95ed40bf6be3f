package io.mooring.boot;

import static org.assertj.core.api.Assertions.assertThat;

import io.mooring.api.testing.Covers;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class LauncherTest {

  @Test
  @Covers("J3")
  void theJvmEndsWhenItIsOutOfMemoryAndTheLauncherBecomesTheServer() throws IOException {
    Path launcher = Path.of("").toAbsolutePath().resolveSibling("mooring");
    String text = Files.readString(launcher);
    assertThat(Files.isExecutable(launcher)).isTrue();
    assertThat(text).startsWith("#!/bin/sh\n").contains("-XX:+ExitOnOutOfMemoryError");
    assertThat(text.lines()).anyMatch(line -> line.startsWith("exec \"$jdk/bin/java\""));
  }
}
