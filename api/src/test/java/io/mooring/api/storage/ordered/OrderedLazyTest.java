package io.mooring.api.storage.ordered;

import io.mooring.api.storage.EngineProvider;
import io.mooring.api.storage.MvccEngine;
import io.mooring.api.storage.tck.MvccEngineTck;
import java.nio.file.Path;

/**
 * The conformance kit over a store on the heap, with rolling merges and commits that are durable at
 * once.
 */
class OrderedLazyTest extends MvccEngineTck {

  private final HeapHarness harness = new HeapHarness(HeapHarness.tiny(), false);

  @Override
  protected EngineProvider provider() {
    return harness;
  }

  @Override
  protected Path crash(MvccEngine engine, Path engineDirectory, Path target) {
    return harness.crash(engine, engineDirectory, target);
  }
}
