package io.mooring.storage.rocksdb;

import io.mooring.api.storage.tck.EngineCrashTck;

/** Real processes, really killed. */
class RocksCrashTest extends EngineCrashTck {

  @Override
  protected String engineName() {
    return "rocksdb";
  }
}
