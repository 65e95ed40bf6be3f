package io.mooring.api.storage.tck;

import static io.mooring.api.storage.tck.TckAssertions.assertEqualsModel;
import static io.mooring.api.storage.tck.TckStore.bytes;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.mooring.api.storage.EngineException;
import io.mooring.api.storage.MvccEngine;
import io.mooring.api.storage.PinRegistry;
import io.mooring.api.storage.Snapshot;
import io.mooring.api.storage.Table;
import io.mooring.api.storage.transfer.TransferReader;
import io.mooring.api.storage.transfer.TransferWriter;
import io.mooring.api.testing.Covers;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** The transfer stream out of the engine under test and into another one of its kind. */
abstract class TransferCases extends ConcurrencyCases {

  private static final List<Table> TABLES = List.of(Table.values());

  @Test
  @Covers({"S15", "M5"})
  void aTransferGivesEqualContent() throws IOException {
    for (int chunkBytes : new int[] {1, 100, 4_096, 1 << 20}) {
      liveABit(new Random(chunkBytes), 400);
      assertTransfers(chunkBytes);
      store.commit(store.revision() - 40);
      assertTransfers(chunkBytes);
      reclaimTo(store.revision() - 40);
      assertTransfers(chunkBytes);
    }
  }

  @Test
  void anEmptyStoreTransfers() throws IOException {
    assertTransfers(1_000);
  }

  @Test
  @Covers("M5")
  void aTombstoneAtTheCompactRevisionTravels() throws IOException {
    store.put("gone", "1").put("kept", "1").delete("gone");
    long at = store.revision();
    store.put("later", "1").commit(at);
    reclaimTo(at);
    assertTransfers(1_000);
    store.put("gone", "2").delete("gone").commit();
    assertTransfers(1_000);
  }

  @Test
  void aLargeStoreIsLoadedInSeveralBatches() throws IOException {
    byte[] payload = new byte[1_000];
    for (int i = 0; i < 20_000; i++) {
      new Random(i).nextBytes(payload);
      store.next().put(bytes("key" + i % 12_000), 0, payload.clone());
      if (i % 1_000 == 999) {
        store.commit();
      }
    }
    store.commit(store.revision() - 9_000);
    List<byte[]> stream = write(64 << 10);
    MvccEngine loaded = open(newDirectory());
    read(stream, loaded);
    assertThat(contentDigest(loaded)).isEqualTo(contentDigest(engine()));
  }

  @Test
  void aTransferGoesOnOverFreshSnapshotsUnderAPin() throws IOException {
    liveABit(new Random(59), 300);
    store.commit(store.revision() - 50);
    byte[] expected = contentDigest(engine());
    ReferenceModel.Commit then = store.model().last();
    List<byte[]> stream = new ArrayList<>();
    Snapshot snapshot = engine().snapshot();
    try (PinRegistry.Pin pin = pins.pin(then.compactRevision(), "transfer", Long.MAX_VALUE);
        TransferWriter writer = new TransferWriter(snapshot)) {
      assertThat(pin.broken()).isFalse();
      for (byte[] chunk = writer.nextChunk(400); chunk != null; chunk = writer.nextChunk(400)) {
        stream.add(chunk);
        liveABit(new Random(stream.size()), 3);
        store.commit(Math.max(store.model().last().compactRevision(), store.revision() - 5));
        engine().maintain();
        if (writer.canContinue()) {
          Snapshot fresh = engine().snapshot();
          writer.continueOn(fresh);
          snapshot.close();
          snapshot = fresh;
        }
      }
      assertThat(writer.contentDigest()).isEqualTo(expected);
    } finally {
      snapshot.close();
    }
    MvccEngine loaded = open(newDirectory());
    read(stream, loaded);
    assertThat(loaded.state().revision()).isEqualTo(then.revision());
    assertThat(contentDigest(loaded)).isEqualTo(expected);
  }

  @Test
  @Covers({"B87", "B92", "S16"})
  void aDamagedStreamIsRefusedWithAReason() throws IOException {
    liveABit(new Random(61), 120);
    List<byte[]> whole = write(500);
    Random random = new Random(67);
    for (int i = 0; i < 60; i++) {
      List<byte[]> damaged = new ArrayList<>(whole);
      int at = random.nextInt(damaged.size());
      byte[] chunk = damaged.get(at).clone();
      chunk[random.nextInt(chunk.length)] ^= (byte) (1 << random.nextInt(8));
      damaged.set(at, chunk);
      assertRefused(damaged, "damaged|format version");
    }
    assertRefused(whole.subList(0, whole.size() - 1), "without its end");
    assertRefused(whole.subList(1, whole.size()), "header|magic");
    assertRefused(without(whole, 2), "chunk 3 where 2 belongs");
    List<byte[]> longer = new ArrayList<>(whole);
    longer.add(whole.get(1));
    assertRefused(longer, "after its end");
    List<byte[]> cut = new ArrayList<>(whole);
    cut.set(3, Arrays.copyOf(cut.get(3), cut.get(3).length - 7));
    assertRefused(cut, "chunk 3");
  }

  private static List<byte[]> without(List<byte[]> chunks, int index) {
    List<byte[]> rest = new ArrayList<>(chunks);
    rest.remove(index);
    return rest;
  }

  private void assertRefused(List<byte[]> chunks, String reason) {
    assertThatThrownBy(
            () -> {
              try (TransferReader reader = TransferReader.verifying()) {
                chunks.forEach(reader::accept);
                reader.finish();
              }
            })
        .isInstanceOfSatisfying(
            EngineException.class,
            e ->
                assertThat(e.kind())
                    .isIn(EngineException.Kind.CORRUPT, EngineException.Kind.INCOMPATIBLE))
        .hasMessageFindingMatch(reason);
  }

  private void liveABit(Random random, int revisions) {
    for (int i = 0; i < revisions; i++) {
      byte[] key = bytes("key" + random.nextInt(70));
      store.next();
      if (store.model().aliveAt(key, Long.MAX_VALUE) != null && random.nextInt(3) == 0) {
        store.delete(key);
      } else {
        store.put(key, random.nextInt(3), bytes("v" + random.nextInt()));
      }
      Table table = TABLES.get(random.nextInt(TABLES.size()));
      store.row(table, bytes("row" + random.nextInt(10)), bytes("" + i));
      if (random.nextInt(5) == 0) {
        store.commit();
      }
    }
    store.commit();
  }

  private void assertTransfers(int chunkBytes) throws IOException {
    MvccEngine loaded = open(newDirectory());
    read(write(chunkBytes), loaded);
    assertEqualsModel(loaded, store.model());
    assertThat(contentDigest(loaded)).isEqualTo(contentDigest(engine()));
    // What was loaded lives on like any other store.
    TckStore copy = new TckStore(loaded, store.model());
    assertThat(copy.engine().sync()).isEqualTo(store.model().last().appliedIndex());
    loaded.close();
  }

  private List<byte[]> write(int chunkBytes) {
    List<byte[]> chunks = new ArrayList<>();
    try (Snapshot snapshot = engine().snapshot();
        TransferWriter writer = new TransferWriter(snapshot)) {
      byte[] chunk;
      while ((chunk = writer.nextChunk(chunkBytes)) != null) {
        chunks.add(chunk);
      }
    }
    return chunks;
  }

  private static void read(List<byte[]> chunks, MvccEngine into) {
    try (TransferReader reader = TransferReader.into(into)) {
      chunks.forEach(reader::accept);
      assertThat(reader.complete()).isTrue();
      assertThat(reader.finish().appliedIndex()).isEqualTo(into.state().appliedIndex());
    }
  }

  /** SHA-256 of all that a store lets one read; equal content gives equal digests on any engine. */
  public static byte[] contentDigest(MvccEngine engine) {
    try (Snapshot snapshot = engine.snapshot();
        TransferWriter writer = new TransferWriter(snapshot)) {
      while (writer.nextChunk(1 << 20) != null) {}
      return writer.contentDigest();
    }
  }
}
