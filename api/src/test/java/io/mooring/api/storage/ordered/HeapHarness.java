package io.mooring.api.storage.ordered;

import io.mooring.api.storage.EngineConfig;
import io.mooring.api.storage.EngineProvider;
import io.mooring.api.storage.MvccEngine;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;

/** Opens ordered engines over heap stores; a directory names a disk that never touches it. */
final class HeapHarness implements EngineProvider {

  private final OrderedProfile profile;
  private final boolean lazyDurability;
  private final Map<Path, HeapStore.Disk> disks = new HashMap<>();

  HeapHarness(OrderedProfile profile, boolean lazyDurability) {
    this.profile = profile;
    this.lazyDurability = lazyDurability;
  }

  /** Bounds so small that merging, waiting and slicing happen all the time. */
  static OrderedProfile tiny() {
    return new OrderedProfile(20, 8 << 10, 300, 64 << 10, 5_000_000, 1_000_000, 32 << 10, 4 << 10);
  }

  /** Every change merged with its commit, as over a store with a memory table. */
  static OrderedProfile eager() {
    return new OrderedProfile(0, 0, 300, 64 << 10, 5_000_000, 1_000_000, 32 << 10, 4 << 10);
  }

  @Override
  public String name() {
    return "heap";
  }

  @Override
  public int formatVersion() {
    return 1;
  }

  @Override
  public MvccEngine open(EngineConfig config) {
    return OrderedEngine.open(name(), config, profile, store(config.directory()));
  }

  HeapStore store(Path directory) {
    HeapStore.Disk disk = disks.computeIfAbsent(directory, any -> new HeapStore.Disk());
    return new HeapStore(disk, lazyDurability);
  }

  /** Leaves in a directory what is durable at this moment. */
  Path crash(MvccEngine engine, Path engineDirectory, Path target) {
    HeapStore.Disk left = new HeapStore.Disk();
    left.durable = disks.computeIfAbsent(engineDirectory, any -> new HeapStore.Disk()).durable;
    disks.put(target, left);
    engine.close();
    return target;
  }
}
