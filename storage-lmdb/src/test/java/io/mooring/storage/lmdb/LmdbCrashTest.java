package io.mooring.storage.lmdb;

import io.mooring.api.storage.tck.EngineCrashTck;

/** Real processes, really killed. */
class LmdbCrashTest extends EngineCrashTck {

  @Override
  protected String engineName() {
    return "lmdb";
  }
}
