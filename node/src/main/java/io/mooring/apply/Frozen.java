package io.mooring.apply;

import io.mooring.api.storage.Snapshot;
import io.mooring.machine.View;

/**
 * The state after an entry, as it was when it was the newest. Whoever has it closes it.
 *
 * @param view with the small tables
 * @param snapshot of the engine, in the same state; its thread's alone
 */
public record Frozen(View view, Snapshot snapshot) implements AutoCloseable {

  @Override
  public void close() {
    snapshot.close();
  }
}
