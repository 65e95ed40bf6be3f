package io.mooring.transfer;

import io.mooring.api.storage.EngineException;
import io.mooring.api.storage.MvccEngine;
import io.mooring.api.storage.PinRegistry;
import io.mooring.api.storage.Snapshot;
import io.mooring.api.storage.transfer.TransferWriter;
import io.mooring.apply.ApplyDriver;
import io.mooring.apply.Frozen;
import io.mooring.loop.Loop;
import io.mooring.machine.Membership;
import io.mooring.machine.View;
import io.mooring.peer.TransferSource;
import io.mooring.raft.core.Configuration;
import io.mooring.raft.core.EntryId;
import io.mooring.raft.core.Transfer;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * This member's state as a stream. It reads from an engine snapshot that it changes for a fresh one
 * every few seconds, under a pin that each chunk renews. A state of any size has the time it takes,
 * but a receiver that takes nothing keeps what was compacted, or pages of the engine, for a short
 * while only.
 */
final class OutgoingState implements TransferSource {

  /**
   * A chunk; one record that is longer makes a longer one. A receiver whose disk is slow holds some
   * dozen of them in the queues of its connection.
   */
  static final int CHUNK_BYTES = 64 << 10;

  /** How long one engine snapshot is read from. */
  private static final long SNAPSHOT_NS = TimeUnit.SECONDS.toNanos(5);

  /**
   * Without another chunk asked for. Far above the time after which the network gives up: one chunk
   * may be a walk over all keys to find that none is as old as the compact revision.
   */
  static final long PIN_NS = TimeUnit.MINUTES.toNanos(10);

  private static final String OWNER = "transfer to a member";

  private final Loop work;
  private final ApplyDriver apply;
  private final PinRegistry pins;

  OutgoingState(Loop work, ApplyDriver apply, PinRegistry pins) {
    this.work = work;
    this.apply = apply;
    this.pins = pins;
  }

  @Override
  public Future<Opened> open(Loop caller) {
    Promise<Opened> promise = caller.promise();
    apply
        .freeze(work)
        .onFailure(promise::tryFail)
        .onSuccess(
            frozen -> {
              Membership members = frozen.view().membership();
              if (members.voters().isEmpty()) {
                frozen.close();
                promise.tryFail("this member does not know the cluster yet");
              } else {
                promise.tryComplete(new Sending(caller, frozen, members));
              }
            });
    return promise.future();
  }

  /** One stream. All fields but the first belong to the transfer loop. */
  private final class Sending implements Opened {
    private final Transfer transfer;
    private final long leastBytes;
    private final Loop caller;
    private final MvccEngine engine;
    private final TransferWriter writer;
    private final PinRegistry.@Nullable Pin pin;
    private long deadlineNs;
    private Snapshot snapshot;
    private boolean closed;

    Sending(Loop caller, Frozen frozen, Membership members) {
      View view = frozen.view();
      this.caller = caller;
      this.engine = view.engine();
      this.snapshot = frozen.snapshot();
      this.writer = new TransferWriter(snapshot);
      this.deadlineNs = work.nowNs() + PIN_NS;
      // Without it, because compaction came in between, the first snapshot has to do.
      this.pin = pins.tryPin(engine, Math.max(1, view.compactRevision()), OWNER, deadlineNs);
      this.transfer =
          new Transfer(
              new EntryId(view.appliedIndex(), view.appliedTerm()),
              new Configuration(members.voters(), List.of(), members.learners()));
      // All that is kept is sent, and a few bytes more with each piece of it.
      this.leastBytes = snapshot.state().logicalBytes();
      renewLater();
    }

    @Override
    public Transfer transfer() {
      return transfer;
    }

    @Override
    public long leastBytes() {
      return leastBytes;
    }

    @Override
    public Future<byte @Nullable []> next() {
      Promise<byte @Nullable []> promise = caller.promise();
      work.execute(
          () -> {
            if (closed) {
              promise.tryFail("it was closed");
              return;
            }
            deadlineNs = work.nowNs() + PIN_NS;
            if (pin != null) {
              pin.extend(deadlineNs);
            }
            try {
              promise.tryComplete(writer.nextChunk(CHUNK_BYTES));
            } catch (EngineException e) {
              shut();
              promise.tryFail(e);
            }
          });
      return promise.future();
    }

    @Override
    public void close() {
      work.execute(this::shut);
    }

    private void renewLater() {
      work.timer(SNAPSHOT_NS, this::renew);
    }

    private void renew() {
      if (closed) {
        return;
      }
      if (work.nowNs() - deadlineNs >= 0 || (pin != null && pin.broken())) {
        shut(); // the next chunk fails
        return;
      }
      if (pin != null && writer.canContinue()) {
        try {
          Snapshot fresh = engine.snapshot();
          writer.continueOn(fresh);
          snapshot.close();
          snapshot = fresh;
        } catch (EngineException e) {
          shut();
          return;
        }
      }
      renewLater();
    }

    private void shut() {
      if (!closed) {
        closed = true;
        writer.close();
        snapshot.close();
        if (pin != null) {
          pin.close();
        }
      }
    }
  }
}
