package io.mooring.transfer;

import io.mooring.api.storage.EngineException;
import io.mooring.api.storage.EngineListener;
import io.mooring.api.storage.MvccEngine;
import io.mooring.api.storage.transfer.TransferReader;
import io.mooring.apply.ApplyDriver;
import io.mooring.base.Check;
import io.mooring.loop.Loop;
import io.mooring.machine.Machine;
import io.mooring.machine.Membership;
import io.mooring.machine.View;
import io.mooring.raft.core.Configuration;
import io.mooring.raft.core.Transfer;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Loads a received state into an engine beside the live one, and puts that in its place. The old
 * engine stays open for a while, for those who still hold a view of it; then it is closed and its
 * directory removed. On the transfer loop.
 */
final class EngineSwitch {

  private static final Logger LOG = LoggerFactory.getLogger(EngineSwitch.class);

  /** How long a view of an old engine may be held before a read of it fails. */
  static final long GRACE_NS = TimeUnit.SECONDS.toNanos(10);

  private final Loop work;
  private final ApplyDriver apply;
  private final EngineHome home;
  private final StateTransfers.Opener opener;
  private final EngineListener listener;
  private final IncomingState incoming;
  private final InstallMeter meter;
  private final List<Beside> retired = new ArrayList<>();
  private MvccEngine live;

  /** Loaded, and neither live nor dropped. */
  private @Nullable Beside next;

  private volatile boolean stopping;

  /** An engine that is not the live one. */
  private record Beside(MvccEngine engine, Path directory, Listener listener) {}

  EngineSwitch(
      Loop work,
      ApplyDriver apply,
      MvccEngine live,
      EngineHome home,
      StateTransfers.Opener opener,
      EngineListener listener,
      IncomingState incoming,
      InstallMeter meter) {
    this.work = work;
    this.apply = apply;
    this.live = live;
    this.home = home;
    this.opener = opener;
    this.listener = listener;
    this.incoming = incoming;
    this.meter = meter;
  }

  Future<Void> load(Loop caller, Transfer transfer) {
    Promise<Void> promise = caller.promise();
    work.execute(
        () -> {
          try {
            Check.that(next == null, "R24 two states are loaded");
            meter.installing(true);
            next = load(transfer);
            promise.tryComplete();
          } catch (IOException | RuntimeException e) {
            meter.installing(false);
            promise.tryFail(e);
          }
        });
    return promise.future();
  }

  private Beside load(Transfer transfer) throws IOException {
    Path directory = home.prepareNext();
    Listener quiet = new Listener(listener);
    MvccEngine engine = open(directory, quiet);
    try {
      try (TransferReader reader = TransferReader.into(engine)) {
        incoming.read(transfer, reader, () -> !stopping);
        reader.finish();
      }
      Membership members = Machine.restore(engine).membership();
      boolean same =
          new Configuration(members.voters(), List.of(), members.learners())
              .equals(transfer.configuration());
      if (!same) {
        throw new IOException("R21 its member table differs from what consensus was told");
      }
      long durable = engine.sync();
      Check.that(durable == transfer.last().index(), "R24 loaded and not durable", durable);
      home.announce(transfer.last());
      return new Beside(engine, directory, quiet);
    } catch (IOException | RuntimeException e) {
      drop(engine, directory);
      throw e;
    }
  }

  private MvccEngine open(Path directory, Listener quiet) {
    try {
      return opener.open(directory, quiet);
    } catch (RuntimeException e) {
      remove(directory);
      throw e;
    }
  }

  Future<View> install(Loop caller) {
    Promise<View> promise = caller.promise();
    work.execute(
        () -> {
          try {
            Beside taken = Check.present(next, "R24 no state is loaded");
            Path before = home.live();
            home.adopt();
            taken.listener.becomeLive();
            apply
                .replaceEngine(work, taken.engine)
                .onSuccess(
                    view -> {
                      next = null;
                      retire(new Beside(live, before, taken.listener));
                      live = taken.engine;
                      meter.installing(false);
                      promise.tryComplete(view);
                    });
          } catch (IOException | RuntimeException e) {
            promise.tryFail(e);
          }
        });
    return promise.future();
  }

  /** Closes every engine but the live one. Nothing is loaded after. */
  Future<Void> stop(Loop caller) {
    stopping = true;
    Promise<Void> promise = caller.promise();
    work.execute(
        () -> {
          List.copyOf(retired).forEach(this::end);
          Beside loaded = next;
          if (loaded != null) {
            loaded.engine.close(); // the next start decides what becomes of it
          }
          promise.tryComplete();
        });
    return promise.future();
  }

  private void retire(Beside old) {
    retired.add(old);
    work.timer(GRACE_NS, () -> end(old));
  }

  private void end(Beside old) {
    if (retired.remove(old)) {
      drop(old.engine, old.directory);
    }
  }

  private void drop(MvccEngine engine, Path directory) {
    try {
      engine.close();
    } catch (EngineException e) {
      LOG.warn("closing the engine in {}: {}", directory, e.getMessage());
    }
    remove(directory);
  }

  private void remove(Path directory) {
    try {
      home.remove(directory);
    } catch (IOException e) {
      LOG.warn("{} could not be removed, the next start does it: {}", directory, e.getMessage());
    }
  }

  /** A fault of an engine that is not live yet ends its loading, not the member. */
  private static final class Listener implements EngineListener {
    private final EngineListener member;
    private final AtomicReference<@Nullable EngineException> failure = new AtomicReference<>();
    private volatile boolean live;

    Listener(EngineListener member) {
      this.member = member;
    }

    void becomeLive() {
      live = true;
      tellFailure();
    }

    private void tellFailure() {
      EngineException untold = failure.getAndSet(null);
      if (untold != null) {
        member.failed(untold);
      }
    }

    @Override
    public void durable(long appliedIndex) {
      if (live) {
        member.durable(appliedIndex);
      }
    }

    @Override
    public void reclaimed(long revision) {
      if (live) {
        member.reclaimed(revision);
      }
    }

    @Override
    public void wrote(long tookNs) {
      if (live) {
        member.wrote(tookNs);
      }
    }

    @Override
    public void failed(EngineException cause) {
      failure.set(cause);
      if (live) {
        tellFailure();
      }
    }
  }
}
