package io.mooring.storage.memory;

import io.mooring.api.storage.EngineConfig;
import io.mooring.api.storage.EngineProvider;
import io.mooring.api.storage.MvccEngine;

/** Opens the memory engine. */
public final class MemoryEngineProvider implements EngineProvider {

  /** For {@link java.util.ServiceLoader}. */
  public MemoryEngineProvider() {}

  @Override
  public String name() {
    return MemoryEngine.NAME;
  }

  @Override
  public int formatVersion() {
    return 1;
  }

  @Override
  public MvccEngine open(EngineConfig config) {
    return MemoryEngine.open(config, new SnapshotDisk());
  }
}
