package io.mooring.machine;

import io.mooring.api.internalpb.Command;
import io.mooring.api.storage.EngineConfig;
import io.mooring.api.storage.EngineException;
import io.mooring.api.storage.EngineProvider;
import io.mooring.api.storage.MvccEngine;
import io.mooring.api.storage.PinRegistry;
import io.mooring.api.storage.WriteBatch;
import io.mooring.machine.mvcc.AnswerRoom;
import io.mooring.storage.memory.MemoryEngineProvider;
import java.nio.file.Path;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** A machine on an engine, without log or threads: entries are whatever a test applies. */
final class MachineFixture implements AutoCloseable {

  final PinRegistry pins = new PinRegistry();
  final MvccEngine engine;
  final RecordedEffects effects = new RecordedEffects();
  Machine machine;
  long term = 1;
  Supplier<AnswerRoom> room = AnswerRoom::unlimited;

  private @Nullable WriteBatch batch;

  MachineFixture(Path directory) {
    this(directory, new MemoryEngineProvider());
  }

  MachineFixture(Path directory, EngineProvider provider) {
    engine = provider.open(EngineConfig.of(directory, MachineFixture::failed, pins));
    machine = Machine.restore(engine);
  }

  /** Applies a command in a commit of its own. */
  Outcome apply(Command command) {
    Outcome outcome = applyLater(command);
    commit();
    return outcome;
  }

  /** Applies a command in the commit that is open. */
  Outcome applyLater(Command command) {
    WriteBatch open = batch;
    if (open == null) {
      open = engine.begin();
      batch = open;
    }
    return machine.apply(open, machine.appliedIndex() + 1, term, command, effects, room.get());
  }

  /** Commits what has been applied. */
  void commit() {
    WriteBatch open = batch;
    if (open != null) {
      machine.commit(open);
      batch = null;
    }
  }

  View view() {
    return machine.view(engine);
  }

  /** Builds the machine anew from what the engine holds. */
  void restart() {
    commit();
    machine = Machine.restore(engine);
  }

  @Override
  public void close() {
    engine.close();
  }

  private static void failed(EngineException cause) {
    throw new AssertionError(cause);
  }
}
