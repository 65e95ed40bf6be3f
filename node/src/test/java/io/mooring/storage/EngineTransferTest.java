package io.mooring.storage;

import static io.mooring.api.storage.tck.TckAssertions.assertEqualsModel;
import static io.mooring.api.storage.tck.TckStore.bytes;
import static org.assertj.core.api.Assertions.assertThat;

import io.mooring.api.storage.EngineConfig;
import io.mooring.api.storage.EngineException;
import io.mooring.api.storage.EngineProvider;
import io.mooring.api.storage.MvccEngine;
import io.mooring.api.storage.PinRegistry;
import io.mooring.api.storage.Snapshot;
import io.mooring.api.storage.Table;
import io.mooring.api.storage.tck.ReferenceModel;
import io.mooring.api.storage.tck.TckStore;
import io.mooring.api.storage.transfer.TransferReader;
import io.mooring.api.storage.transfer.TransferWriter;
import io.mooring.api.testing.Covers;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.ServiceLoader;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Every engine's content goes into every engine, and means the same there. */
class EngineTransferTest {

  private static final List<String> ENGINES = List.of("memory", "lmdb", "rocksdb");
  private static final int CHUNK_BYTES = 700;

  @TempDir Path scratch;

  private final List<MvccEngine> opened = new ArrayList<>();
  private final ConcurrentLinkedQueue<EngineException> faults = new ConcurrentLinkedQueue<>();

  @AfterEach
  void closeAll() {
    opened.forEach(MvccEngine::close);
    assertThat(faults).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"memory", "lmdb", "rocksdb"})
  @Covers("S15")
  void contentMeansTheSameInEveryEngine(String source) throws IOException {
    TckStore original = new TckStore(open(source), new ReferenceModel());
    live(original, new Random(11));
    List<byte[]> stream = new ArrayList<>();
    byte[] digest = write(original.engine(), stream);
    for (String target : ENGINES) {
      MvccEngine loaded = open(target);
      try (TransferReader reader = TransferReader.into(loaded)) {
        stream.forEach(reader::accept);
        reader.finish();
      }
      assertEqualsModel(loaded, original.model());
      assertThat(write(loaded, new ArrayList<>()))
          .as("%s to %s and out again", source, target)
          .isEqualTo(digest);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"lmdb", "rocksdb"})
  @Covers("S15")
  void equalChangesGiveEqualContent(String engine) throws IOException {
    TckStore reference = new TckStore(open("memory"), new ReferenceModel());
    TckStore other = new TckStore(open(engine), new ReferenceModel());
    live(reference, new Random(13));
    live(other, new Random(13));
    assertThat(write(other.engine(), new ArrayList<>()))
        .isEqualTo(write(reference.engine(), new ArrayList<>()));
  }

  /** Puts, deletes, recreations and table rows, with a compaction in their middle. */
  private static void live(TckStore store, Random random) {
    for (int i = 0; i < 400; i++) {
      int number = random.nextInt(60);
      byte[] key = number % 12 == 0 ? new byte[600 + number] : bytes("key" + number);
      key[key.length - 1] ^= (byte) number;
      store.next();
      boolean alive = store.model().aliveAt(key, Long.MAX_VALUE) != null;
      if (alive && random.nextInt(4) == 0) {
        store.delete(key);
      } else {
        byte[] payload = new byte[random.nextInt(40) == 0 ? 9_000 : random.nextInt(100)];
        random.nextBytes(payload);
        store.put(key, random.nextInt(3), payload);
      }
      store.row(Table.LEASE, bytes("row" + random.nextInt(9)), bytes("v" + i));
      store.commit(i == 250 ? store.revision() - 60 : store.model().last().compactRevision());
      store.engine().maintain();
    }
  }

  /** Writes the stream of an engine, and returns the digest of its content. */
  private static byte[] write(MvccEngine engine, List<byte[]> stream) {
    try (Snapshot snapshot = engine.snapshot();
        TransferWriter writer = new TransferWriter(snapshot)) {
      byte[] chunk = writer.nextChunk(CHUNK_BYTES);
      while (chunk != null) {
        stream.add(chunk);
        chunk = writer.nextChunk(CHUNK_BYTES);
      }
      return writer.contentDigest();
    }
  }

  private MvccEngine open(String name) throws IOException {
    Path directory = Files.createDirectory(scratch.resolve("engine-" + opened.size()));
    MvccEngine engine =
        ServiceLoader.load(EngineProvider.class).stream()
            .map(ServiceLoader.Provider::get)
            .filter(provider -> provider.name().equals(name))
            .findFirst()
            .orElseThrow()
            .open(EngineConfig.of(directory, faults::add, new PinRegistry()));
    opened.add(engine);
    return engine;
  }
}
