package io.mooring.storage.memory;

import io.mooring.api.storage.tck.EngineCrashTck;

/** Real processes, really killed. */
class MemoryCrashTest extends EngineCrashTck {

  @Override
  protected String engineName() {
    return "memory";
  }
}
