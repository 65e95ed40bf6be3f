package io.mooring.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The program still runs on every engine; what it measures is not judged here. */
class EngineSoakTest {

  @ParameterizedTest
  @ValueSource(strings = {"memory", "lmdb", "rocksdb"})
  void printsItsFigures(String engine, @TempDir Path directory) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    EngineSoak.run(
        new PrintStream(bytes, true, StandardCharsets.UTF_8), engine, directory, 3_000, 0.1);
    assertThat(bytes.toString(StandardCharsets.UTF_8))
        .contains("unpaced puts/s", "paced commit max ms", "compaction records/s", "reopen ms");
  }
}
