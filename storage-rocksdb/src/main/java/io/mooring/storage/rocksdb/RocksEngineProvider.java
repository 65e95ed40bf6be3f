package io.mooring.storage.rocksdb;

import io.mooring.api.storage.EngineConfig;
import io.mooring.api.storage.EngineProvider;
import io.mooring.api.storage.MvccEngine;
import io.mooring.api.storage.ordered.OrderedEngine;
import io.mooring.api.storage.ordered.OrderedProfile;

/** Opens the engine {@code rocksdb}. */
public final class RocksEngineProvider implements EngineProvider {

  private static final String NAME = "rocksdb";
  private static final int FORMAT_VERSION = 1;

  /** Of the configured cache, one part in so many is on the heap; the rest is RocksDB's. */
  private static final int HEAP_SHARE = 2;

  /**
   * A flush starts when this part of the backlog's bound was written, so that none waits for it.
   */
  private static final int FLUSH_SHARE = 2;

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public int formatVersion() {
    return FORMAT_VERSION;
  }

  @Override
  public MvccEngine open(EngineConfig config) {
    long heapBytes = config.cacheBytes() / HEAP_SHARE;
    long nativeBytes = config.cacheBytes() - heapBytes;
    long flushBytes = config.maxBacklogBytes() / FLUSH_SHARE;
    RocksStore store = RocksStore.open(config.directory(), nativeBytes, flushBytes);
    return OrderedEngine.open(NAME, config, OrderedProfile.eager(heapBytes), store);
  }
}
