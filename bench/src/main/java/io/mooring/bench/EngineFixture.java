package io.mooring.bench;

import io.mooring.api.storage.EngineConfig;
import io.mooring.api.storage.EngineException;
import io.mooring.api.storage.EngineListener;
import io.mooring.api.storage.EngineProvider;
import io.mooring.api.storage.EngineState;
import io.mooring.api.storage.MvccEngine;
import io.mooring.api.storage.PinRegistry;
import io.mooring.api.storage.Revision;
import io.mooring.api.storage.Version;
import io.mooring.api.storage.WriteBatch;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Comparator;
import java.util.ServiceLoader;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * One engine in a directory of its own, written as the apply thread writes it: each put reads the
 * key's newest version first, takes a main revision of its own, and counts as one log entry.
 *
 * <p>Keys are 20 bytes, payloads {@value #PAYLOAD_BYTES}: a 256-byte value and about what the
 * encoded record around it takes. Payload bytes are random, so that no engine compresses them away.
 */
final class EngineFixture implements AutoCloseable {

  static final int PAYLOAD_BYTES = 300;

  private static final byte[] KEY_PREFIX = "/bench/key".getBytes(StandardCharsets.US_ASCII);
  private static final int KEY_BYTES = 20;
  private static final int POOL_BYTES = 1 << 20;

  private final String name;
  private final Path directory;
  private final SplittableRandom random = new SplittableRandom(20);
  private final byte[] pool = new byte[POOL_BYTES];
  private final AtomicReference<@Nullable EngineException> fault = new AtomicReference<>();
  private MvccEngine engine;

  private EngineFixture(String name, Path directory) {
    this.name = name;
    this.directory = directory;
    random.nextBytes(pool);
    engine = openEngine();
  }

  /** Opens the engine of a name in a directory, which is made when missing. */
  static EngineFixture open(String name, Path directory) {
    try {
      Files.createDirectories(directory);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return new EngineFixture(name, directory);
  }

  /** Opens the engine of a name in a new temporary directory under {@code java.io.tmpdir}. */
  static EngineFixture openTemporary(String name) {
    try {
      return new EngineFixture(name, Files.createTempDirectory("mooring-bench-" + name));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private MvccEngine openEngine() {
    EngineListener listener = cause -> fault.compareAndSet(null, cause);
    EngineConfig config = EngineConfig.of(directory, listener, new PinRegistry());
    return ServiceLoader.load(EngineProvider.class).stream()
        .map(ServiceLoader.Provider::get)
        .filter(provider -> provider.name().equals(name))
        .findFirst()
        .orElseThrow(() -> new IllegalArgumentException("no engine named " + name))
        .open(config);
  }

  MvccEngine engine() {
    return engine;
  }

  Path directory() {
    return directory;
  }

  /** The next number below a bound. */
  int nextInt(int bound) {
    return random.nextInt(bound);
  }

  /** The key of a number: ascending numbers, ascending keys. */
  static byte[] key(int number) {
    byte[] key = Arrays.copyOf(KEY_PREFIX, KEY_BYTES);
    int rest = number;
    for (int i = KEY_BYTES - 1; i >= KEY_PREFIX.length; i--) {
      key[i] = (byte) ('0' + rest % 10);
      rest /= 10;
    }
    return key;
  }

  /** Puts keys 0 to count - 1 in order. */
  void load(int count, int putsPerCommit) {
    for (int next = 0; next < count; ) {
      int end = Math.min(count, next + putsPerCommit);
      WriteBatch batch = engine.begin();
      long main = engine.state().revision();
      while (next < end) {
        put(batch, ++main, key(next++));
      }
      commit(batch, main);
    }
  }

  /** One commit of puts of uniformly random keys. */
  void putRandom(int puts, int keys) {
    WriteBatch batch = engine.begin();
    long main = engine.state().revision();
    for (int i = 0; i < puts; i++) {
      put(batch, ++main, key(random.nextInt(keys)));
    }
    commit(batch, main);
  }

  private void put(WriteBatch batch, long main, byte[] key) {
    Version old = batch.latest(key, false);
    byte[] payload = new byte[PAYLOAD_BYTES];
    System.arraycopy(pool, random.nextInt(POOL_BYTES - PAYLOAD_BYTES), payload, 0, PAYLOAD_BYTES);
    long create = old == null ? main : old.createRevision();
    long version = old == null ? 1 : old.version() + 1;
    batch.put(new Revision(main, 0), key, create, version, 0, payload);
  }

  private void commit(WriteBatch batch, long main) {
    EngineState before = engine.state();
    long appliedIndex = before.appliedIndex() + main - before.revision();
    batch.commit(appliedIndex, 1, main, before.compactRevision());
    engine.maintain();
    EngineException cause = fault.get();
    if (cause != null) {
      throw cause;
    }
  }

  /** Raises the compact revision by a commit of its own. */
  void compact(long revision) {
    EngineState state = engine.state();
    engine.begin().commit(state.appliedIndex() + 1, 1, state.revision(), revision);
  }

  /** Closes the engine and opens it again; returns the nanoseconds that opening took. */
  long reopen() {
    engine.close();
    long began = System.nanoTime();
    engine = openEngine();
    return System.nanoTime() - began;
  }

  @Override
  public void close() {
    engine.close();
  }

  /** Closes the engine and deletes its directory. */
  void closeAndDelete() {
    close();
    try (Stream<Path> files = Files.walk(directory)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
