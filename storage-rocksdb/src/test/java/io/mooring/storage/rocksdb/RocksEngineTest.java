package io.mooring.storage.rocksdb;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.mooring.api.storage.EngineConfig;
import io.mooring.api.storage.EngineException;
import io.mooring.api.storage.EngineException.Kind;
import io.mooring.api.storage.EngineProvider;
import io.mooring.api.storage.MvccEngine;
import io.mooring.api.storage.ordered.OrderedEngine;
import io.mooring.api.storage.ordered.OrderedProfile;
import io.mooring.api.storage.tck.MvccEngineTck;
import java.nio.file.Path;
import java.util.IdentityHashMap;
import java.util.Map;
import java.util.Objects;

/** The conformance kit. A crash is RocksDB closed without a flush: memtables are lost. */
class RocksEngineTest extends MvccEngineTck {

  private static final long NATIVE_BYTES = 16 << 20;
  private static final long HEAP_BYTES = 1 << 20;
  private static final long FLUSH_BYTES = 256 << 10;

  private final Map<MvccEngine, RocksStore> stores = new IdentityHashMap<>();

  @Override
  protected EngineProvider provider() {
    return new EngineProvider() {
      @Override
      public String name() {
        return new RocksEngineProvider().name();
      }

      @Override
      public int formatVersion() {
        return new RocksEngineProvider().formatVersion();
      }

      @Override
      public MvccEngine open(EngineConfig config) {
        RocksStore store = RocksStore.open(config.directory(), NATIVE_BYTES, FLUSH_BYTES);
        MvccEngine engine =
            OrderedEngine.open(name(), config, OrderedProfile.eager(HEAP_BYTES), store);
        stores.put(engine, store);
        return engine;
      }
    };
  }

  @Override
  protected Path crash(MvccEngine engine, Path engineDirectory, Path target) {
    Objects.requireNonNull(stores.get(engine)).abandon();
    assertThatThrownBy(engine::close)
        .isInstanceOfSatisfying(
            EngineException.class, e -> assertThat(e.kind()).isEqualTo(Kind.CLOSED));
    return engineDirectory;
  }
}
