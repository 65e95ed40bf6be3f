package io.mooring.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.mooring.api.testing.Covers;
import io.mooring.raft.core.Append;
import io.mooring.sim.SimFileStore;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.Test;

/** Files as no honest crash leaves them, and as honest crashes do. */
@SuppressWarnings("NullAway.Init") // each test makes its own log
class LogDamageTest {

  private static final int BIG = 1 << 16;

  /** A log whose last group begins at {@code lastGroup}. */
  private LogHarness h;

  private long lastGroup;
  private int entriesBefore;
  private byte[] bytes;
  private String name;

  private void oneSegment(long seed) {
    h = new LogHarness(seed, BIG).create().fill(12);
    end(h);
    entriesBefore = h.entries.size();
    Append last = h.group(1, 150);
    lastGroup = end(h);
    h.append(last);
    h.log.close(false);
    name = h.lastSegment();
    bytes = h.store.bytes(name);
  }

  /** Where the next group would begin: behind the last byte that is not zero. */
  private static long end(LogHarness h) {
    byte[] all = h.store.bytes(h.lastSegment());
    int end = all.length;
    while (end > 0 && all[end - 1] == 0) {
      end--;
    }
    return Records.align(end);
  }

  private LogHarness reopened(byte[] content) {
    h.store.put(name, content);
    return h.open();
  }

  @Test
  @Covers({"B77", "S5", "S6"})
  void aTailCutAtAnyByteKeepsEveryEarlierGroup() {
    oneSegment(1);
    int end = (int) end(h);
    for (int cut = (int) lastGroup; cut < end; cut++) {
      byte[] shorter = Arrays.copyOf(bytes, cut);
      byte[] zeroed = Arrays.copyOf(shorter, bytes.length);
      for (byte[] content : List.of(shorter, zeroed)) {
        boolean whole = content == zeroed && Arrays.equals(content, bytes);
        reopened(content);
        int kept = whole ? h.entries.size() : entriesBefore;
        LogHarness.assertSame(h.read(1), h.entries.subList(0, kept));
        assertThat(h.log.last().index()).isEqualTo(kept);
      }
    }
  }

  @Test
  @Covers({"S5", "S6"})
  void whatIsAppendedAfterARepairIsThereAfterwards() {
    oneSegment(2);
    bytes[(int) lastGroup + 50] ^= 4;
    reopened(bytes);
    while (h.entries.size() > entriesBefore) {
      h.entries.remove(h.entries.size() - 1);
    }
    h.hardState = h.log.hardState();
    h.fill(5);
    h.log.close(false);
    h.store = h.store.crash();
    h.open();
    LogHarness.assertSame(h.read(1), h.entries);
  }

  @Test
  @Covers({"B78", "S5", "P24"})
  void aFlippedBitBeforeTheLastGroupIsRefusedWithItsPlace() {
    oneSegment(3);
    for (int at = 0; at < lastGroup; at++) {
      byte[] rotten = bytes.clone();
      rotten[at] ^= (byte) (1 << (at % 8));
      assertThatThrownBy(() -> reopened(rotten))
          .as("byte %d", at)
          .isInstanceOf(LogException.class)
          .hasMessageContaining(name);
    }
    byte[] rotten = bytes.clone();
    rotten[SegmentHeader.BYTES + 45] ^= 1;
    assertThatThrownBy(() -> reopened(rotten))
        .hasMessageContaining("offset " + SegmentHeader.BYTES)
        .hasMessageContaining("index 1")
        .hasMessageContaining("a later group stands at");
    // It was looked at, not touched.
    assertThat(h.store.bytes(name)).isEqualTo(rotten);
  }

  @Test
  @Covers({"B78", "S5"})
  void aFlippedBitInTheLastGroupCutsThatGroup() {
    oneSegment(4);
    for (int at = (int) lastGroup; at < end(h); at++) {
      byte[] torn = bytes.clone();
      torn[at] ^= 1;
      reopened(torn);
      LogHarness.assertSame(h.read(1), h.entries.subList(0, entriesBefore));
    }
  }

  @Test
  @Covers("S5")
  void nothingIsCutAfterACleanShutdown() {
    h = new LogHarness(5, BIG).create().fill(12);
    name = h.lastSegment();
    int end = (int) end(h);
    h.log.close(true);
    bytes = h.store.bytes(name);
    bytes[end - 9] ^= 1;
    assertThatThrownBy(() -> reopened(bytes))
        .isInstanceOf(LogException.class)
        .hasMessageContaining("the log was closed at index " + h.entries.size());
  }

  @Test
  @Covers("S5")
  void aMarkIsGoneBeforeTheFirstWriteAfterIt() throws IOException {
    h = new LogHarness(6).create().fill(3);
    h.log.close(true);
    assertThat(h.store.list()).contains(CleanMark.NAME);
    h.open();
    // Looked at and closed again, as when the engine is refused: nothing has changed.
    h.log.close(true);
    assertThat(h.store.list()).contains(CleanMark.NAME);
    h.open().fill(1);
    SimFileStore crashed = h.store.crash();
    assertThat(crashed.list()).doesNotContain(CleanMark.NAME);
  }

  @Test
  @Covers("B79")
  void lengthsAreBoundedBeforeAnythingIsAllocated() {
    oneSegment(7);
    for (int length : new int[] {Integer.MAX_VALUE, Integer.MIN_VALUE, -1, 0, 100 << 20}) {
      byte[] inLast = withLength((int) lastGroup + Records.GROUP_BYTES, length);
      reopened(inLast);
      LogHarness.assertSame(h.read(1), h.entries.subList(0, entriesBefore));
      byte[] inMiddle = withLength(SegmentHeader.BYTES + Records.GROUP_BYTES, length);
      assertThatThrownBy(() -> reopened(inMiddle))
          .as("length %d", length)
          .isInstanceOf(LogException.class);
    }
  }

  /** A record header with another length and the checksum that goes with it. */
  private byte[] withLength(int at, int length) {
    byte[] changed = bytes.clone();
    ByteBuffer buffer = ByteBuffer.wrap(changed);
    buffer.putInt(at, length);
    CRC32C crc = new CRC32C();
    crc.update(changed, at, 32);
    buffer.putInt(at + 32, (int) crc.getValue());
    return changed;
  }

  @Test
  @Covers("B80")
  void aMissingSegmentIsRefused() {
    h = new LogHarness(8).create().fill(150);
    h.log.close(false);
    List<String> names = h.segmentNames();
    h.store.remove(names.get(2));
    assertThatThrownBy(h::open)
        .hasMessageContaining("segment missing")
        .hasMessageContaining(names.get(1))
        .hasMessageContaining(names.get(3));
  }

  @Test
  @Covers("B80")
  void aMissingLastSegmentIsRefusedAfterACleanShutdown() {
    h = new LogHarness(9).create().fill(150);
    h.log.close(true);
    h.store.remove(h.lastSegment());
    assertThatThrownBy(h::open).isInstanceOf(LogException.class).hasMessageContaining("closed at");
  }

  @Test
  @Covers("B80")
  void doubledAndRenamedSegmentsAreRefused() {
    h = new LogHarness(10).create().fill(150);
    h.log.close(false);
    String second = h.segmentNames().get(1);
    byte[] content = h.store.bytes(second);
    String other = Segment.nameOf(1_000_000);
    h.store.put(other, content);
    assertThatThrownBy(h::open).isInstanceOf(LogException.class).hasMessageContaining(other);
    h.store.remove(second);
    assertThatThrownBy(h::open).isInstanceOf(LogException.class);
  }

  @Test
  @Covers("B80")
  void aSegmentOfAnotherMemberIsRefused() {
    h = new LogHarness(11).create().fill(1);
    h.log.close(false);
    LogConfig other = new LogConfig(11, 23, BIG, BIG, () -> 1);
    assertThatThrownBy(() -> SegmentLog.open(h.store, other, h.scheduler.loop("background"), 0))
        .hasMessageContaining("belongs to member 16 of cluster b, not to member 17");
  }

  @Test
  @Covers("B80")
  void aSegmentOfTheSameNumberFromAnotherLogIsRefused() {
    h = new LogHarness(12).create().fill(150);
    h.log.close(false);
    LogHarness foreign = new LogHarness(12);
    long skipped = foreign.config.segmentIds().getAsLong();
    assertThat(skipped).isNotZero();
    foreign.create().fill(150);
    foreign.log.close(false);
    String second = h.segmentNames().get(1);
    assertThat(foreign.segmentNames()).contains(second);
    h.store.put(second, foreign.store.bytes(second));
    assertThatThrownBy(h::open)
        .isInstanceOf(LogException.class)
        .hasMessageContaining("does not continue");
  }

  @Test
  @Covers({"B81", "S19"})
  void strayFilesAreLeftAloneAndTemporaryOnesRemoved() throws IOException {
    h = new LogHarness(13).create().fill(5);
    h.log.close(false);
    h.store.put("lost+found", new byte[0]);
    h.store.put("0000000000000001.seg.bak", new byte[] {1, 2, 3});
    h.store.put("prepared-9.tmp", new byte[100]);
    h.store.put("CLEAN.tmp", new byte[3]);
    h.open();
    assertThat(h.store.list())
        .contains("lost+found", "0000000000000001.seg.bak")
        .doesNotContain("prepared-9.tmp", "CLEAN.tmp");
    LogHarness.assertSame(h.read(1), h.entries);
  }

  @Test
  @Covers("B82")
  void anUnwrittenLastSegmentIsEmpty() {
    for (byte[] nothing : List.of(new byte[0], new byte[4_096])) {
      h = new LogHarness(14).create().fill(20);
      h.log.close(false);
      h.store.put(Segment.nameOf(h.entries.size() + 1), nothing);
      h.open();
      LogHarness.assertSame(h.read(1), h.entries);
      h.fill(60);
      h.log.close(false);
      h.open();
      LogHarness.assertSame(h.read(1), h.entries);
    }
  }

  @Test
  @Covers("B82")
  void anUnwrittenEarlierSegmentIsRefused() {
    h = new LogHarness(15).create().fill(150);
    h.log.close(false);
    String second = h.segmentNames().get(1);
    h.store.put(second, new byte[4_096]);
    assertThatThrownBy(h::open).hasMessageContaining(second).hasMessageContaining("offset 0");
  }

  @Test
  @Covers("B82")
  void aLogWithoutAnyContentIsLost() {
    h = new LogHarness(16);
    h.store.put(Segment.nameOf(1), new byte[4_096]);
    assertThatThrownBy(h::open).hasMessageContaining("log lost");
    // It stays as it is, for whoever looks.
    assertThat(h.segmentNames()).hasSize(1);
  }

  @Test
  @Covers("S4")
  void bytesOfAValueAreNeverTakenForAGroup() {
    oneSegment(17);
    // The group record of another segment, byte for byte, as a client could send it.
    byte[] group =
        Arrays.copyOfRange(bytes, SegmentHeader.BYTES, SegmentHeader.BYTES + Records.GROUP_BYTES);
    ByteBuffer.wrap(group).putLong(24, 12_345);
    CRC32C crc = new CRC32C();
    crc.update(group, 0, 32);
    ByteBuffer.wrap(group).putInt(32, (int) crc.getValue());
    byte[] torn = bytes.clone();
    System.arraycopy(group, 0, torn, (int) lastGroup + 128, group.length);
    reopened(torn);
    LogHarness.assertSame(h.read(1), h.entries.subList(0, entriesBefore));
  }
}
