package io.mooring.api.storage.tck;

import static org.assertj.core.api.Assertions.assertThat;

import io.mooring.api.storage.EngineConfig;
import io.mooring.api.storage.EngineException;
import io.mooring.api.storage.EngineListener;
import io.mooring.api.storage.EngineProvider;
import io.mooring.api.storage.MvccEngine;
import io.mooring.api.storage.PinRegistry;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/** What the conformance cases stand on: the harness of an engine, and a store opened afresh. */
public abstract class TckBase {

  @TempDir Path scratch;

  /** Pins of the engine under test. */
  protected final PinRegistry pins = new PinRegistry();

  /** Highest index that the listener was told. */
  protected final AtomicLong heardDurable = new AtomicLong();

  private final AtomicReference<EngineException> heardFailure = new AtomicReference<>();
  private final List<MvccEngine> opened = new ArrayList<>();
  private Path directory;
  private int directories;

  /** The store under test. */
  protected TckStore store;

  /** The engine's provider. */
  protected abstract EngineProvider provider();

  /**
   * Stops an engine as a crash would. By default its files are copied as they lie, and the engine
   * is closed afterwards; an engine whose background thread may be in the middle of a write
   * overrides this with its own way to stop dead.
   *
   * @return a directory with only what the disk had
   */
  protected Path crash(MvccEngine engine, Path engineDirectory, Path target) throws IOException {
    try (Stream<Path> files = Files.walk(engineDirectory)) {
      for (Path file : (Iterable<Path>) files::iterator) {
        Path copy = target.resolve(engineDirectory.relativize(file).toString());
        if (Files.isDirectory(file)) {
          Files.createDirectories(copy);
        } else {
          Files.copy(file, copy);
        }
      }
    }
    engine.close();
    return target;
  }

  @BeforeEach
  void openEmptyStore() throws IOException {
    directory = newDirectory();
    store = new TckStore(open(directory), new ReferenceModel());
  }

  @AfterEach
  void closeAll() {
    opened.forEach(MvccEngine::close);
    assertThat(heardFailure.get()).as("fault told to the listener").isNull();
  }

  /** The engine of {@link #store}. */
  protected final MvccEngine engine() {
    return store.engine();
  }

  /** A fresh directory. */
  protected final Path newDirectory() throws IOException {
    return Files.createDirectories(scratch.resolve("engine-" + directories++));
  }

  /** Opens the engine under test. */
  protected final MvccEngine open(Path where) {
    MvccEngine engine = provider().open(EngineConfig.of(where, new Listener(), pins));
    opened.add(engine);
    return engine;
  }

  /** Closes in good order and opens again. */
  protected final void reopen() {
    engine().close();
    heardDurable.set(0);
    store.reopened(open(directory));
  }

  /** Crashes and opens what is left. The model is cut back to the same prefix. */
  protected final void crashAndReopen() {
    try {
      directory = crash(engine(), directory, newDirectory());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    heardDurable.set(0);
    store.reopened(open(directory));
  }

  /** Leaves the present store alone and starts with an empty one. */
  protected final void reopenEmpty() throws IOException {
    engine().close();
    openEmptyStore();
  }

  /** Lets the engine reclaim until it has passed a revision. */
  protected final void reclaimTo(long revision) {
    long deadlineNs = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
    while (engine().reclaimedRevision() < revision) {
      if (!engine().maintain()) {
        LockSupport.parkNanos(100_000); // the engine's own thread may have the rest of the work
      }
      assertThat(System.nanoTime() - deadlineNs)
          .as("nanoseconds late in reclaiming below %d", revision)
          .isNegative();
    }
  }

  /** Lets the engine do all upkeep that it wants to do now. */
  protected final void maintainAll() {
    for (int i = 0; i < 1_000 && engine().maintain(); i++) {}
  }

  private final class Listener implements EngineListener {
    @Override
    public void durable(long appliedIndex) {
      heardDurable.accumulateAndGet(appliedIndex, Math::max);
    }

    @Override
    public void failed(EngineException cause) {
      heardFailure.set(cause);
    }
  }
}
