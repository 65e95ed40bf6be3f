package io.mooring.machine;

import io.mooring.api.testing.Covers;
import io.mooring.golden.GoldenFile;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What a client and a watcher see of each command, as transcripts. */
@Covers({
  "P2", "P6", "P8", "P17", "P19", "M1", "M3", "M4", "M5", "L5", "L9", "B1", "B2", "B3", "B4", "B5",
  "B8", "B9", "B12", "B14", "B15", "B16", "B17", "B18", "B19", "B20", "B21", "B23", "B24", "B25",
  "B59"
})
class MachineGoldenTest {

  static List<Path> transcripts() {
    return GoldenFile.in("io/mooring/machine");
  }

  @ParameterizedTest
  @MethodSource("transcripts")
  void transcript(Path file, @TempDir Path directory) {
    try (MachineFixture fixture = new MachineFixture(directory)) {
      GoldenFile.check(file, new MachineTranscript(fixture)::play);
    }
  }
}
