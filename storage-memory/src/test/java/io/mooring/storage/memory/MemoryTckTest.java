package io.mooring.storage.memory;

import io.mooring.api.storage.EngineProvider;
import io.mooring.api.storage.tck.MvccEngineTck;

/** The memory engine under the conformance kit. */
class MemoryTckTest extends MvccEngineTck {

  @Override
  protected EngineProvider provider() {
    return new MemoryEngineProvider();
  }
}
