package io.mooring.log;

import static org.assertj.core.api.Assertions.assertThat;

import io.mooring.api.testing.Covers;
import io.mooring.loop.ThreadLoop;
import io.mooring.raft.core.Append;
import io.mooring.raft.core.Entry;
import io.mooring.raft.core.EntryId;
import io.mooring.raft.core.HardState;
import io.mooring.raft.core.Persisted;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RealFileStoreTest {

  private static final HardState TERM_1 = new HardState(1, 2);

  @TempDir Path temp;

  @Test
  @Covers({"S17", "S18"})
  void aLogOnARealDiskComesBackAndIsPrivate() throws Exception {
    Path directory = temp.resolve("member/log");
    Files.createDirectories(directory);
    Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwxr-xr-x"));
    LogConfig config = new LogConfig(1, 2, 256 << 10, 64 << 10, new SplittableRandom(1)::nextLong);
    CompletableFuture<Throwable> died = new CompletableFuture<>();
    try (ThreadLoop background = new ThreadLoop("background", (w, e) -> died.complete(e))) {
      RealFileStore store = new RealFileStore(directory);
      SegmentLog log = SegmentLog.create(store, config, background);
      for (long i = 1; i <= 500; i++) {
        Entry entry = new Entry(i, 1, Entry.Kind.COMMAND, new byte[1_000]);
        log.append(
            new Append(TERM_1, List.of(entry), i - 1, new Persisted(TERM_1, new EntryId(i, 1))));
      }
      log.truncateBefore(400);
      log.close(true);
    }
    try (ThreadLoop background = new ThreadLoop("background", (w, e) -> died.complete(e))) {
      SegmentLog log = SegmentLog.open(new RealFileStore(directory), config, background, 450);
      assertThat(log.last()).isEqualTo(new EntryId(500, 1));
      assertThat(log.anchor()).isEqualTo(new EntryId(450, 1));
      assertThat(log.previous().index()).isBetween(1L, 399L);
      log.close(false);
    }
    assertThat(died).isNotDone();
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(directory)))
        .isEqualTo("rwx------");
    try (Stream<Path> files = Files.list(directory)) {
      for (Path file : files.toList()) {
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
            .as(file.toString())
            .isEqualTo("rw-------");
      }
    }
  }
}
