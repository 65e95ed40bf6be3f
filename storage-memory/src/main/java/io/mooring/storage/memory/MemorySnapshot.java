package io.mooring.storage.memory;

import io.mooring.api.storage.EngineException;
import io.mooring.api.storage.EngineState;
import io.mooring.api.storage.Snapshot;
import io.mooring.api.storage.Table;
import io.mooring.api.storage.tree.TreeReader;
import java.util.concurrent.atomic.AtomicBoolean;

/** A root, with its epoch entered until close. */
final class MemorySnapshot extends MemoryReader implements Snapshot {

  private final MemoryEngine engine;
  private final Root root;
  private final AtomicBoolean closed = new AtomicBoolean();

  /** The caller has entered the root's epoch; this snapshot leaves it. */
  MemorySnapshot(MemoryEngine engine, Root root) {
    this.engine = engine;
    this.root = root;
  }

  @Override
  void checkOpen() {
    if (closed.getPlain()) {
      throw new EngineException(
          EngineException.Kind.CLOSED, "S14 engine snapshot used after its close", null);
    }
    engine.checkOpen();
  }

  Root root() {
    return root;
  }

  @Override
  public EngineState state() {
    return root.state();
  }

  @Override
  long newestMain() {
    return root.state().revision();
  }

  @Override
  TreeReader<Row> live() {
    return root.live();
  }

  @Override
  TreeReader<Row> dead() {
    return root.dead();
  }

  @Override
  History history() {
    return root.history();
  }

  @Override
  TreeReader<byte[]> table(Table table) {
    return root.tables().get(table.id());
  }

  @Override
  public void close() {
    if (closed.compareAndSet(false, true)) {
      engine.leave(root);
    }
  }
}
