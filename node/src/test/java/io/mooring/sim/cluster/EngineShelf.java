package io.mooring.sim.cluster;

import io.mooring.api.storage.MvccEngine;
import io.mooring.raft.core.EntryId;
import io.mooring.transfer.EngineHome;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The engines of one member, a directory each, and which of them is the live one. The files in them
 * are what the engines made durable, so a crash keeps exactly these.
 */
final class EngineShelf implements EngineHome {

  private final Path root;
  private final Map<Path, MvccEngine> open = new LinkedHashMap<>();
  private Path live;
  private @Nullable Path next;
  private @Nullable EntryId announced;
  private int made;
  private final BooleanSupplier full;

  /**
   * Begins with an empty engine.
   *
   * @param full whether there is no room on the disk, now
   */
  EngineShelf(Path root, BooleanSupplier full) {
    this.root = root;
    this.full = full;
    this.live = make("engine");
  }

  /** An engine was opened in a directory; a crash has to end it. */
  MvccEngine opened(Path directory, MvccEngine engine) {
    open.put(directory, engine);
    return engine;
  }

  /** The process is gone: what its engines had not made durable is lost. */
  void crash() {
    live = copy(live);
    next = next == null ? null : copy(next);
    closeAll();
  }

  /** Ends every engine, and drops all directories but those in use. */
  void closeAll() {
    Map.copyOf(open)
        .forEach(
            (directory, engine) -> {
              engine.close();
              if (!directory.equals(live)) {
                remove(directory);
              }
            });
    open.clear();
  }

  /** Finishes or undoes what a crash has cut short. */
  void settle(EntryId logBeginning) {
    if (announced != null && next != null && announced.equals(logBeginning)) {
      adopt();
    }
    announced = null;
    next = null;
  }

  @Override
  public Path incoming() {
    return make("incoming");
  }

  @Override
  public Path live() {
    return live;
  }

  @Override
  public Path prepareNext() {
    next = null;
    announced = null;
    return make("engine");
  }

  @Override
  public void announce(EntryId last) {
    announced = last;
    List<Path> all = List.copyOf(open.keySet());
    next = all.get(all.size() - 1);
  }

  @Override
  public void adopt() {
    live = java.util.Objects.requireNonNull(next, "no engine was announced");
    next = null;
    announced = null;
  }

  @Override
  public long freeBytes() {
    return full.getAsBoolean() ? 0 : Long.MAX_VALUE;
  }

  @Override
  public void remove(Path directory) {
    open.remove(directory);
    if (!Files.isDirectory(directory)) {
      return;
    }
    try (Stream<Path> below = Files.walk(directory)) {
      for (Path path : below.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(path);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private Path make(String name) {
    try {
      return Files.createDirectories(root.resolve(name + "-" + made++));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private Path copy(Path from) {
    Path to = make("engine");
    try (Stream<Path> files = Files.list(from)) {
      for (Path file : files.toList()) {
        Files.copy(file, to.resolve(file.getFileName()));
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return to;
  }
}
