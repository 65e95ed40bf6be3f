package io.mooring.storage.lmdb;

import io.mooring.api.storage.EngineProvider;
import io.mooring.api.storage.MvccEngine;
import io.mooring.api.storage.tck.MvccEngineTck;
import java.nio.file.Path;

/**
 * The conformance kit, with bounds so small that merging, waiting and slices happen all the time.
 */
class LmdbTinyBoundsTest extends MvccEngineTck {

  private final LmdbHarness harness = new LmdbHarness(LmdbHarness::tiny);

  @Override
  protected EngineProvider provider() {
    return harness;
  }

  @Override
  protected Path crash(MvccEngine engine, Path engineDirectory, Path target) {
    return harness.crash(engine, target);
  }
}
