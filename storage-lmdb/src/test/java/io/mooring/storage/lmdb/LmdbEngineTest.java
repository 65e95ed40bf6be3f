package io.mooring.storage.lmdb;

import io.mooring.api.storage.EngineProvider;
import io.mooring.api.storage.MvccEngine;
import io.mooring.api.storage.tck.MvccEngineTck;
import java.nio.file.Path;

/** The conformance kit, with the bounds of production. */
class LmdbEngineTest extends MvccEngineTck {

  private final LmdbHarness harness = new LmdbHarness(profile -> profile);

  @Override
  protected EngineProvider provider() {
    return harness;
  }

  @Override
  protected Path crash(MvccEngine engine, Path engineDirectory, Path target) {
    return harness.crash(engine, target);
  }
}
