package io.mooring.wire;

import io.mooring.api.internalpb.Command;
import io.mooring.api.storage.EngineConfig;
import io.mooring.api.storage.EngineException;
import io.mooring.api.storage.EngineListener;
import io.mooring.api.storage.MvccEngine;
import io.mooring.api.storage.PinRegistry;
import io.mooring.api.storage.WriteBatch;
import io.mooring.base.Check;
import io.mooring.error.EtcdError;
import io.mooring.loop.Loop;
import io.mooring.machine.Effects;
import io.mooring.machine.Machine;
import io.mooring.machine.Outcome;
import io.mooring.machine.View;
import io.mooring.machine.mvcc.AnswerRoom;
import io.mooring.machine.mvcc.LateReads;
import io.mooring.raft.Consensus;
import io.mooring.raft.RaftStatus;
import io.mooring.storage.memory.MemoryEngineProvider;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.io.IOException;
import java.lang.reflect.Proxy;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.jspecify.annotations.Nullable;

/** A real machine over a real memory engine, without a log between: what is proposed is applied. */
public final class DirectConsensus implements Consensus, AutoCloseable {

  private final PinRegistry pins = new PinRegistry();
  private final MvccEngine engine;
  private final Machine machine;
  private final ExecutorService applier = Executors.newSingleThreadExecutor();
  private volatile boolean backlogged;
  private volatile View view;
  private volatile @Nullable EtcdError fault;
  private volatile long leader = 0x10;

  public DirectConsensus(Path directory) throws IOException {
    Files.createDirectories(directory);
    engine =
        new MemoryEngineProvider()
            .open(
                EngineConfig.of(
                    directory,
                    new EngineListener() {
                      @Override
                      public void failed(EngineException cause) {
                        throw cause;
                      }
                    },
                    pins));
    machine = Machine.restore(engine);
    view = machine.view(engine);
  }

  /** Pins of the engine. */
  public PinRegistry pins() {
    return pins;
  }

  /** What every proposal and linearizable read is refused with from now on; null for nothing. */
  public void fault(@Nullable EtcdError error) {
    fault = error;
  }

  /** Whether too much is committed and not applied, from now on. */
  public void backlogged(boolean value) {
    backlogged = value;
  }

  public void leader(long id) {
    leader = id;
  }

  @Override
  public Future<Outcome> propose(Loop loop, Command command, long deadlineNs) {
    Promise<Outcome> promise = loop.promise();
    EtcdError error = fault;
    if (error != null) {
      promise.fail(error.exception());
    } else {
      applier.execute(
          () -> {
            try {
              promise.complete(apply(command));
            } catch (Throwable defect) {
              promise.fail(defect);
            }
          });
    }
    return promise.future();
  }

  /** Applies a command in the test's own name, and waits for it. */
  public Outcome applyNow(Command command) {
    return CompletableFuture.supplyAsync(() -> apply(command), applier).join();
  }

  private Outcome apply(Command command) {
    Effects ignored =
        (Effects)
            Proxy.newProxyInstance(
                Effects.class.getClassLoader(),
                new Class<?>[] {Effects.class},
                (proxy, method, arguments) ->
                    method.getReturnType() == boolean.class ? Boolean.FALSE : null);
    WriteBatch batch = engine.begin();
    Outcome outcome =
        machine.apply(batch, machine.appliedIndex() + 1, 1, command, ignored, AnswerRoom.small());
    machine.commit(batch);
    view = machine.view(engine);
    LateReads late = outcome.late();
    return late == null
        ? outcome
        : outcome.pinned(
            Check.present(
                pins.tryPin(engine, late.lowestRevision(), "test", Long.MAX_VALUE), "pin"));
  }

  @Override
  public boolean backlogged() {
    return backlogged;
  }

  @Override
  public Future<View> linearizable(Loop loop, long deadlineNs) {
    Promise<View> promise = loop.promise();
    EtcdError error = fault;
    if (error != null) {
      promise.fail(error.exception());
    } else {
      applier.execute(() -> promise.complete(view));
    }
    return promise.future();
  }

  @Override
  public View view() {
    return view;
  }

  @Override
  public RaftStatus status() {
    long index = view.appliedIndex();
    return new RaftStatus(1, leader, index, index, index, 0);
  }

  @Override
  public void close() {
    applier.shutdown();
    engine.close();
  }
}
