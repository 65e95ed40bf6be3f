package io.mooring.api.storage.ordered;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.mooring.api.storage.EngineException;
import io.mooring.api.testing.Covers;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class RecordCodecTest {

  private final RecordCodec codec = new RecordCodec("test");
  private final VersionSlot slot = new VersionSlot();

  private static Row randomRow(Random random) {
    byte[] key = new byte[1 + random.nextInt(40)];
    byte[] payload = new byte[random.nextInt(4) == 0 ? 3000 : random.nextInt(50)];
    random.nextBytes(key);
    random.nextBytes(payload);
    long main = 2L + random.nextInt(1 << 30);
    boolean tombstone = random.nextInt(4) == 0;
    long version = tombstone ? 0 : 1 + random.nextInt(300);
    long lease = random.nextBoolean() ? 0 : random.nextLong();
    Links links = Links.NONE;
    if (random.nextBoolean()) {
      long[] ancestors = new long[2 * random.nextInt(5)];
      for (int i = 0; i < ancestors.length; i += 2) {
        ancestors[i] = 1 + (long) (main * random.nextDouble());
        ancestors[i + 1] = Links.pack(random.nextInt(1 << 20), 1 + random.nextInt(20));
      }
      links = new Links(1L + random.nextInt((int) main), random.nextInt(500), 77, 3, ancestors);
    }
    byte[] stored = tombstone ? Row.NO_BYTES : payload;
    return new Row(
        key,
        main,
        random.nextInt(200),
        main - 1,
        version,
        lease,
        stored,
        stored.length,
        links,
        false);
  }

  private void decode(Row row, ByteBuffer record, boolean inside) {
    if (inside) {
      codec.decode(record, slot);
    } else {
      codec.decode(ByteBuffer.wrap(row.key), record, slot);
    }
  }

  private static ByteBuffer copy(ByteBuffer borrowed) {
    return ByteBuffer.wrap(VersionSlot.bytesOf(borrowed));
  }

  @Test
  void whatIsEncodedIsDecoded() {
    Random random = new Random(11);
    for (int i = 0; i < 2_000; i++) {
      Row row = randomRow(random);
      boolean inside = random.nextBoolean();
      decode(row, copy(codec.encode(row, inside, 0)), inside);
      if (inside) {
        assertThat(VersionSlot.bytesOf(slot.key)).isEqualTo(row.key);
      }
      Row back = slot.toRow(row.key, true, row.deadBefore, codec);
      assertSame(back, row);
    }
  }

  @Test
  void aRowInASlabIsTheSameAndIsEncodedTheSame() {
    Random random = new Random(12);
    Slabs slabs = new Slabs(64 << 10);
    for (int i = 0; i < 2_000; i++) {
      Row row = randomRow(random);
      Row placed = slabs.add(row, codec.encode(row, true, 0));
      assertThat(placed.slab).isNotNull();
      assertSame(placed, row);
      assertThat(placed.previousMain()).isEqualTo(row.links().previousMain);
      assertThat(VersionSlot.bytesOf(placed.payloadView())).isEqualTo(row.payload());
      assertThat(placed.payloadView().isReadOnly()).isTrue();
      boolean inside = random.nextBoolean();
      int prefixBytes = random.nextInt(9);
      ByteBuffer expected = copy(codec.encode(row, inside, prefixBytes)).position(prefixBytes);
      ByteBuffer again = codec.encode(placed, inside, prefixBytes);
      assertThat(again.position()).isZero();
      assertThat(again.position(prefixBytes)).isEqualTo(expected);
    }
  }

  private static void assertSame(Row back, Row row) {
    assertThat(back.key).isEqualTo(row.key);
    assertThat(back.payload()).isEqualTo(row.payload());
    assertThat(List.of(back.main, back.createRevision, back.version, back.leaseId))
        .containsExactly(row.main, row.createRevision, row.version, row.leaseId);
    assertThat(List.of(back.sub, back.payloadLength)).containsExactly(row.sub, row.payloadLength);
    assertThat(back.links().previousMain).isEqualTo(row.links().previousMain);
    assertThat(back.links().previousSub).isEqualTo(row.links().previousSub);
    assertThat(back.links().previousBytes).isEqualTo(row.links().previousBytes);
    assertThat(back.links().level).isEqualTo(row.links().level);
    assertThat(back.links().ancestors).containsExactly(row.links().ancestors);
  }

  @Test
  @Covers({"S13", "S16"})
  void everyFlippedBitIsNoticed() {
    Random random = new Random(13);
    for (int i = 0; i < 200; i++) {
      Row row = randomRow(random);
      boolean inside = random.nextBoolean();
      byte[] record = VersionSlot.bytesOf(codec.encode(row, inside, 0));
      for (int bit = 0; bit < record.length * 8; bit += 1 + record.length / 20) {
        byte[] flipped = record.clone();
        flipped[bit / 8] ^= (byte) (1 << bit % 8);
        assertThatThrownBy(
                () -> {
                  decode(row, ByteBuffer.wrap(flipped), inside);
                  VersionSlot.bytesOf(slot.payload(codec));
                })
            .as("row %d bit %d", i, bit)
            .isInstanceOfSatisfying(
                EngineException.class,
                e -> assertThat(e.kind()).isEqualTo(EngineException.Kind.CORRUPT));
      }
    }
  }

  @Test
  @Covers("S16")
  void everyShortRecordIsNoticed() {
    Row row = randomRow(new Random(17));
    byte[] record = VersionSlot.bytesOf(codec.encode(row, true, 0));
    for (int length = 0; length < record.length; length++) {
      byte[] cut = Arrays.copyOf(record, length);
      assertThatThrownBy(() -> codec.decode(ByteBuffer.wrap(cut), slot))
          .as("cut to %d", length)
          .isInstanceOf(EngineException.class);
    }
  }

  @Test
  void aRowUnderAnotherKeyIsNoticed() {
    Row row = randomRow(new Random(19));
    ByteBuffer record = copy(codec.encode(row, false, 0));
    assertThatThrownBy(() -> codec.decode(ByteBuffer.wrap(new byte[] {9}), record, slot))
        .isInstanceOf(EngineException.class);
  }
}
