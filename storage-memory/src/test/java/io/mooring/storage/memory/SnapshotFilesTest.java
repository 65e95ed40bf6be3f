package io.mooring.storage.memory;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.mooring.api.storage.EngineConfig;
import io.mooring.api.storage.EngineException;
import io.mooring.api.storage.EngineException.Kind;
import io.mooring.api.storage.EngineListener;
import io.mooring.api.storage.MvccEngine;
import io.mooring.api.storage.PinRegistry;
import io.mooring.api.storage.Revision;
import io.mooring.api.storage.WriteBatch;
import io.mooring.api.testing.Covers;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Snapshot files on disks that fail, and in directories that somebody has damaged. */
class SnapshotFilesTest {

  @TempDir Path directory;

  private final List<EngineException> failures = new ArrayList<>();
  private final AtomicLong durable = new AtomicLong();
  private final CountDownLatch heardDurable = new CountDownLatch(1);

  private final EngineListener listener =
      new EngineListener() {
        @Override
        public void durable(long appliedIndex) {
          durable.set(appliedIndex);
          heardDurable.countDown();
        }

        @Override
        public void failed(EngineException cause) {
          failures.add(cause);
        }
      };

  /** Writes down what it does, and fails at one step. */
  private static final class FailingDisk extends SnapshotDisk {
    private final List<String> steps = new ArrayList<>();
    private final String failAt;

    FailingDisk(String failAt) {
      this.failAt = failAt;
    }

    private void step(String name) throws IOException {
      steps.add(name);
      if (name.equals(failAt)) {
        throw new IOException("injected at " + name);
      }
    }

    @Override
    FileChannel create(Path file) throws IOException {
      step("create");
      return super.create(file);
    }

    @Override
    void write(FileChannel channel, ByteBuffer bytes) throws IOException {
      if (!steps.contains("write")) {
        step("write");
      }
      super.write(channel, bytes);
    }

    @Override
    void force(FileChannel channel) throws IOException {
      step("force");
      super.force(channel);
    }

    @Override
    void rename(Path from, Path to) throws IOException {
      step("rename");
      super.rename(from, to);
    }

    @Override
    void forceDirectory(Path directory) throws IOException {
      step("force directory");
      super.forceDirectory(directory);
    }
  }

  @Test
  @Covers({"S8", "S17"})
  void aFileIsForcedBeforeItGetsItsName() throws IOException {
    FailingDisk disk = new FailingDisk("never");
    MvccEngine engine = open(disk);
    put(engine, 1);
    assertThat(engine.sync()).isEqualTo(1);
    assertThat(disk.steps).containsExactly("create", "write", "force", "rename", "force directory");
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file(1))))
        .isEqualTo("rw-------");
    engine.close();
    assertThat(disk.steps).as("nothing new, nothing written").hasSize(5);
  }

  @Test
  @Covers({"S11", "B84"})
  void theLogIsKeptForTheOlderFileToo() {
    MvccEngine engine = open(new FailingDisk("never"));
    put(engine, 1);
    engine.sync();
    assertThat(engine.fallbackIndex()).as("no older file yet").isZero();
    put(engine, 2);
    engine.sync();
    assertThat(engine.durableIndex()).isEqualTo(2);
    assertThat(engine.fallbackIndex()).as("a damaged newest file leaves 1").isEqualTo(1);
    engine.close();
  }

  @Test
  @Covers({"S2", "S8", "R29", "P24"})
  void theFirstFaultIsTheLastAndWhatWasDurableStays() {
    for (String step : new String[] {"create", "write", "force", "rename", "force directory"}) {
      failures.clear();
      MvccEngine before = open(new SnapshotDisk());
      long index = before.state().appliedIndex() + 1;
      put(before, index);
      assertThat(before.sync()).isEqualTo(index);
      before.close();

      FailingDisk disk = new FailingDisk(step);
      MvccEngine engine = open(disk);
      put(engine, index + 1);
      assertThatThrownBy(engine::sync)
          .isInstanceOf(EngineException.class)
          .hasMessageContaining("injected at " + step);
      assertThat(engine.durableIndex()).isEqualTo(index);
      assertThatThrownBy(engine::begin).hasMessageContaining("injected at " + step);
      assertThatThrownBy(engine::sync).hasMessageContaining("injected at " + step);
      int steps = disk.steps.size();
      engine.close();
      assertThat(disk.steps).as("nothing is tried again").hasSize(steps);
      assertThat(failures).as("told once").hasSize(1);

      MvccEngine after = open(new SnapshotDisk());
      assertThat(after.state().appliedIndex()).isBetween(index, index + 1);
      after.close();
    }
  }

  @Test
  @Covers("B84")
  void aDamagedNewestFileFallsBackToTheOneBefore() throws IOException {
    write(3);
    assertThat(list()).containsExactly(name(2), name(3));
    byte[] newest = Files.readAllBytes(file(3));
    for (int at = 0; at < newest.length; at += 1 + newest.length / 40) {
      byte[] damaged = newest.clone();
      damaged[at] ^= 0x10;
      Files.write(file(3), damaged);
      if (at >= 8 && at < 12) {
        continue; // the format version: a matter of its own
      }
      assertOpensAt(2);
    }
    Files.write(file(3), new byte[0]);
    assertOpensAt(2);
    Files.write(file(3), java.util.Arrays.copyOf(newest, newest.length - 1));
    assertOpensAt(2);
    Files.write(file(3), java.util.Arrays.copyOf(newest, newest.length + 1));
    assertOpensAt(2);
    Files.write(file(3), newest);
    assertOpensAt(3);
  }

  @Test
  @Covers("B84")
  void withoutAnyWholeFileTheStoreIsRefused() throws IOException {
    write(2);
    for (String name : list()) {
      Files.write(directory.resolve(name), new byte[100]);
    }
    assertThatThrownBy(() -> open(new SnapshotDisk()))
        .isInstanceOfSatisfying(
            EngineException.class, e -> assertThat(e.kind()).isEqualTo(Kind.CORRUPT))
        .hasMessageContaining(name(1))
        .hasMessageContaining(name(2));
  }

  @Test
  @Covers({"B88", "S18"})
  void aNewerFormatIsRefusedAndNotFallenBackFrom() throws IOException {
    write(2);
    byte[] header = Files.readAllBytes(file(2));
    ByteBuffer.wrap(header).putInt(8, 7);
    var crc = new java.util.zip.CRC32C();
    crc.update(header, 0, 12);
    ByteBuffer.wrap(header).putInt(12, (int) crc.getValue());
    Files.write(file(2), header);
    assertThatThrownBy(() -> open(new SnapshotDisk()))
        .isInstanceOfSatisfying(
            EngineException.class, e -> assertThat(e.kind()).isEqualTo(Kind.INCOMPATIBLE))
        .hasMessageContaining("format version 7")
        .hasMessageContaining(name(2));
  }

  @Test
  @Covers({"S19", "B81"})
  void leftoversAreRemovedAndStrangersIgnored() throws IOException {
    write(1);
    Files.write(directory.resolve("00000000000000ff.tmp"), new byte[10]);
    Files.write(directory.resolve("notes.snapshot"), new byte[10]);
    Files.createDirectory(directory.resolve("lost+found"));
    assertOpensAt(1);
    assertThat(directory.resolve("00000000000000ff.tmp")).doesNotExist();
    assertThat(directory.resolve("notes.snapshot")).exists();
  }

  @Test
  @Covers({"R25", "S11"})
  void aLongLogAsksForAFileInTheBackground() throws Exception {
    EngineConfig config =
        new EngineConfig(directory, listener, new PinRegistry(), 0, 1_000, 100_000);
    MvccEngine engine = MemoryEngine.open(config, new SnapshotDisk());
    for (long index = 1; index <= 100; index++) {
      put(engine, index);
    }
    assertThat(heardDurable.await(30, TimeUnit.SECONDS)).isTrue();
    assertThat(engine.durableIndex()).isBetween(1L, 100L);
    assertThat(engine.stats().diskBytes()).isPositive();
    engine.sync();
    assertThat(engine.stats().backlogEntries()).isZero();
    assertThat(engine.stats().backlogBytes()).isZero();
    engine.close();
    assertThat(list().size()).isLessThanOrEqualTo(2);
    assertOpensAt(100);
  }

  private MvccEngine open(SnapshotDisk disk) {
    return MemoryEngine.open(EngineConfig.of(directory, listener, new PinRegistry()), disk);
  }

  /** Commits indexes 1 to n, a file each. */
  private void write(int commits) {
    MvccEngine engine = open(new SnapshotDisk());
    for (int index = 1; index <= commits; index++) {
      put(engine, index);
      engine.sync();
    }
    engine.close();
  }

  private static void put(MvccEngine engine, long index) {
    WriteBatch batch = engine.begin();
    long main = engine.state().revision() + 1;
    byte[] key = ("key" + index).getBytes(UTF_8);
    batch.put(new Revision(main, 0), key, main, 1, 0, new byte[200]);
    batch.commit(index, 1, main, -1);
  }

  /** Opens without leaving a trace: what it would write at close is there already. */
  private void assertOpensAt(long appliedIndex) {
    MvccEngine engine = open(new SnapshotDisk());
    assertThat(engine.state().appliedIndex()).isEqualTo(appliedIndex);
    assertThat(engine.durableIndex()).isEqualTo(appliedIndex);
    assertThat(engine.state().keyCount()).isEqualTo(appliedIndex);
    engine.close();
    assertThat(failures).isEmpty();
  }

  private Path file(long index) {
    return directory.resolve(name(index));
  }

  private static String name(long index) {
    return String.format(Locale.ROOT, "%016x.snapshot", index);
  }

  private List<String> list() throws IOException {
    try (Stream<Path> files = Files.list(directory)) {
      return files.map(file -> file.getFileName().toString()).sorted().toList();
    }
  }
}
