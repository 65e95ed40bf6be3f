package io.mooring.boot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.mooring.api.testing.Covers;
import io.mooring.raft.core.EntryId;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DataDirectoryTest {

  private static final Identity IDENTITY = new Identity(0xcdf8, 0x8e9e);

  @TempDir Path temp;

  private final FormatFile lmdb = FormatFile.of("lmdb", 1, IDENTITY);

  private Path root() {
    return temp.resolve("data");
  }

  private void firstStart() throws IOException {
    try (DataDirectory directory = DataDirectory.open(root(), lmdb)) {
      assertThat(directory.fresh()).isTrue();
      Files.createFile(directory.log().resolve("0000000000000001.seg"));
      directory.seal();
    }
  }

  private void assertRefused(FormatFile wanted, String... parts) {
    assertThatThrownBy(() -> DataDirectory.open(root(), wanted).close())
        .isInstanceOf(StartException.class)
        .hasMessageStartingWith("data-dir: " + root())
        .hasMessageContainingAll(parts)
        .hasMessageNotContaining("\n");
  }

  @Test
  void whatCannotBeCreatedIsSaidInWords() {
    assertThatThrownBy(() -> DataDirectory.open(Path.of("/proc/none"), lmdb))
        .isInstanceOf(StartException.class)
        .hasMessageEndingWith("cannot use /proc/none: no such file or directory");
  }

  @Test
  @Covers("S17")
  void aFirstStartMakesAPrivateDirectoryAndTheNextFindsIt() throws IOException {
    firstStart();
    for (String part : new String[] {"", "member", "member/log", "member/engine-1"}) {
      assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(root().resolve(part))))
          .as(part)
          .isEqualTo("rwx------");
    }
    for (String part : new String[] {"LOCK", "FORMAT", "member/CURRENT"}) {
      assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(root().resolve(part))))
          .as(part)
          .isEqualTo("rw-------");
    }
    FormatFile other = FormatFile.of("lmdb", 2, new Identity(1, 2));
    try (DataDirectory directory = DataDirectory.open(root(), other)) {
      assertThat(directory.fresh()).isFalse();
      assertThat(directory.format().identity()).isEqualTo(IDENTITY);
      assertThat(directory.engines().live()).isEqualTo(root().resolve("member/engine-1"));
    }
  }

  @Test
  @Covers({"S17", "B72"})
  void aLooserDirectoryOfOursIsTightened() throws IOException {
    Files.createDirectories(root());
    Files.setPosixFilePermissions(root(), PosixFilePermissions.fromString("rwxr-xr-x"));
    firstStart();
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(root())))
        .isEqualTo("rwx------");
  }

  @Test
  @Covers({"S17", "B72"})
  void aDirectoryInUseIsRefusedAndUsableAfterwards() {
    DataDirectory holder = DataDirectory.open(root(), lmdb);
    assertRefused(lmdb, "in use by another process");
    holder.close();
    DataDirectory.open(root(), lmdb).close();
  }

  @Test
  @Covers("B72")
  void whatIsNoWritableDirectoryIsRefused() throws IOException {
    Files.writeString(root(), "a file");
    assertRefused(lmdb, "is not a directory");
    Files.delete(root());
    Files.createSymbolicLink(root(), Path.of("/proc/self/fdinfo/nothing"));
    assertThatThrownBy(() -> DataDirectory.open(root(), lmdb)).isInstanceOf(StartException.class);
    assertThatThrownBy(() -> DataDirectory.open(Path.of("/proc/mooring"), lmdb))
        .isInstanceOf(StartException.class)
        .hasMessageStartingWith("data-dir: /proc/mooring: ");
  }

  @Test
  @Covers("B73")
  void anotherEngineIsRefusedNamingBoth() throws IOException {
    firstStart();
    assertRefused(FormatFile.of("rocksdb", 1, IDENTITY), "engine lmdb", "asks for rocksdb");
  }

  @Test
  @Covers({"B88", "S18"})
  void aNewerFormatIsRefusedNamingBoth() throws IOException {
    firstStart();
    Path format = root().resolve("FORMAT");
    String text = Files.readString(format);
    Files.writeString(format, text.replace("\nformat=1", "\nformat=2").replace("by=", "by=9."));
    assertRefused(lmdb, "format 2 written by Mooring 9.", "reads up to format 1");
    Files.writeString(format, text.replace("engine-format=1", "engine-format=3"));
    assertRefused(lmdb, "lmdb format 3 written by", "reads up to format 1");
  }

  @Test
  void aDamagedFormatIsRefused() throws IOException {
    firstStart();
    for (String text : new String[] {"", "product=other\n", "product=mooring\nformat=x\n"}) {
      Files.writeString(root().resolve("FORMAT"), text);
      assertRefused(lmdb, "FORMAT is");
    }
    Files.write(root().resolve("FORMAT"), new byte[5000]);
    assertRefused(lmdb, "FORMAT is not one of ours");
  }

  @Test
  @Covers("F20")
  void aDirectoryThatLostAPartIsNeverTakenForAnEmptyOne() throws IOException {
    firstStart();
    Path log = root().resolve("member/log");
    Path away = root().resolve("away");
    Path segment = log.resolve("0000000000000001.seg");
    for (String part : new String[] {"member/engine-1", "member/CURRENT"}) {
      Files.move(root().resolve(part), away);
      assertRefused(lmdb, part + " is missing");
      Files.move(away, root().resolve(part));
    }
    Files.delete(segment);
    assertRefused(lmdb, "every segment of member/log is missing");
    Files.delete(log);
    assertRefused(lmdb, "member/log is missing");
    Files.createDirectory(log);
    Files.createFile(segment);
    Files.delete(root().resolve("FORMAT"));
    assertRefused(lmdb, "FORMAT is missing");
  }

  @Test
  void aFirstStartThatDiedHalfWayIsTakenUpAgain() throws IOException {
    try (DataDirectory directory = DataDirectory.open(root(), lmdb)) {
      Files.createFile(directory.log().resolve("0000000000000001.seg"));
    }
    try (DataDirectory directory = DataDirectory.open(root(), lmdb)) {
      assertThat(directory.fresh()).isTrue();
    }
  }

  @Test
  void theDataOfEtcdIsRefused() throws IOException {
    Files.createDirectories(root().resolve("member/wal"));
    assertRefused(lmdb, "data of etcd itself");
  }

  @Test
  @Covers("S19")
  void aHalfReceivedTransferIsRemoved() throws IOException {
    firstStart();
    Path incoming = Files.createDirectories(root().resolve("member/incoming/deep"));
    Files.writeString(incoming.resolve("x"), "x");
    try (DataDirectory directory = DataDirectory.open(root(), lmdb)) {
      directory.engines().settle(EntryId.ZERO);
    }
    assertThat(root().resolve("member/incoming")).doesNotExist();
  }
}
