package io.mooring.storage.lmdb;

import io.mooring.api.storage.EngineConfig;
import io.mooring.api.storage.EngineProvider;
import io.mooring.api.storage.MvccEngine;
import io.mooring.api.storage.ordered.OrderedEngine;
import io.mooring.api.storage.ordered.OrderedProfile;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.UnaryOperator;

/** Opens LMDB engines whose stores a test can reach, to copy what a crash would leave of them. */
final class LmdbHarness implements EngineProvider {

  private final UnaryOperator<OrderedProfile> profile;
  private final Map<MvccEngine, LmdbStore> stores = new ConcurrentHashMap<>();

  LmdbHarness(UnaryOperator<OrderedProfile> profile) {
    this.profile = profile;
  }

  /** Bounds so small that every path of merging and waiting is taken. */
  static OrderedProfile tiny(OrderedProfile ignored) {
    return new OrderedProfile(20, 8 << 10, 300, 64 << 10, 5_000_000, 1_000_000, 32 << 10, 4 << 10);
  }

  @Override
  public String name() {
    return "lmdb";
  }

  @Override
  public int formatVersion() {
    return 1;
  }

  @Override
  public MvccEngine open(EngineConfig config) {
    LmdbStore store = LmdbStore.open(config.directory());
    OrderedProfile used =
        profile.apply(OrderedProfile.lazy(1 << 20, OrderedProfile.LAZY_OVERLAY_BYTES));
    MvccEngine engine = OrderedEngine.open(name(), config, used, store);
    stores.put(engine, store);
    return engine;
  }

  /** Leaves in a directory what a crash now would leave. */
  Path crash(MvccEngine engine, Path target) {
    LmdbStore store = stores.get(engine);
    if (store == null) {
      throw new IllegalArgumentException("not opened here");
    }
    store.copyTo(target);
    engine.close();
    return target;
  }
}
