package io.mooring.storage.lmdb;

import io.mooring.api.storage.EngineConfig;
import io.mooring.api.storage.EngineProvider;
import io.mooring.api.storage.MvccEngine;
import io.mooring.api.storage.ordered.OrderedEngine;
import io.mooring.api.storage.ordered.OrderedProfile;
import org.lmdbjava.Meta;

/** Opens the LMDB engine. */
public final class LmdbEngineProvider implements EngineProvider {

  private static final int FORMAT_VERSION = 1;

  /** Of the heap at most: LMDB's own cache is the operating system's. */
  private static final int HEAP_SHARE = 8;

  @Override
  public String name() {
    return "lmdb";
  }

  @Override
  public int formatVersion() {
    return FORMAT_VERSION;
  }

  /** Binding LMDB's functions generates code: a quarter of the time of a start. */
  @Override
  public void warmUp() {
    Meta.version();
  }

  @Override
  public MvccEngine open(EngineConfig config) {
    long heapShare = Runtime.getRuntime().maxMemory() / HEAP_SHARE;
    OrderedProfile profile =
        OrderedProfile.lazy(
            Math.min(config.cacheBytes(), heapShare),
            Math.min(OrderedProfile.LAZY_OVERLAY_BYTES, heapShare));
    return OrderedEngine.open(name(), config, profile, LmdbStore.open(config.directory()));
  }
}
