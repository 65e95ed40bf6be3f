package io.mooring.raft.core;

import io.mooring.golden.GoldenFile;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class RaftGoldenTest {

  static List<Path> transcripts() {
    return GoldenFile.in("io/mooring/raft/core");
  }

  @ParameterizedTest
  @MethodSource("transcripts")
  void transcript(Path file) {
    GoldenFile.check(file, new RaftTranscript()::play);
  }
}
