package io.mooring.sim.cluster;

import io.mooring.api.etcdserverpb.Member.Builder;
import io.mooring.api.internalpb.Command;
import io.mooring.api.internalpb.FoundCluster;
import io.mooring.api.storage.EngineConfig;
import io.mooring.api.storage.EngineException;
import io.mooring.api.storage.EngineListener;
import io.mooring.api.storage.MvccEngine;
import io.mooring.api.storage.PinRegistry;
import io.mooring.apply.ApplyDriver;
import io.mooring.duty.CorruptionCheck;
import io.mooring.duty.LeaseExpiry;
import io.mooring.duty.LeaseTiming;
import io.mooring.duty.PinExpiry;
import io.mooring.log.LogConfig;
import io.mooring.log.SegmentLog;
import io.mooring.loop.Loop;
import io.mooring.machine.Membership;
import io.mooring.machine.Outcome;
import io.mooring.machine.View;
import io.mooring.peer.TransferSource;
import io.mooring.raft.AppliedListener;
import io.mooring.raft.Committed;
import io.mooring.raft.DriverConfig;
import io.mooring.raft.Founding;
import io.mooring.raft.Outbound;
import io.mooring.raft.RaftDriver;
import io.mooring.raft.Recovery;
import io.mooring.raft.core.Message;
import io.mooring.raft.core.RaftConfig;
import io.mooring.raft.core.RaftLimits;
import io.mooring.read.HeaderWriter;
import io.mooring.read.RangeReader;
import io.mooring.read.ReplyBudget;
import io.mooring.service.KvService;
import io.mooring.service.Proposer;
import io.mooring.service.QuotaGuard;
import io.mooring.service.ServiceLimits;
import io.mooring.service.ServiceStats;
import io.mooring.sim.SimScheduler.SimLoop;
import io.mooring.storage.memory.MemoryEngineProvider;
import io.mooring.transfer.StateTransfers;
import io.mooring.watch.WatchHub;
import io.mooring.watch.WatchLimits;
import io.mooring.watch.WatchResponses;
import io.vertx.core.Future;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One process of a member. It is put together as {@code boot} does it, but for the network, and for
 * what looks at replies on their way back.
 */
@SuppressWarnings("NullAway.Init") // open comes first
final class Life implements AppliedListener, Outbound, StateTransfers.Carrier {

  private static final long CLUSTER = 11;

  final Member member;
  final World world;
  final PinRegistry pins = new PinRegistry();
  final ReplyBudget budget = new ReplyBudget(64 << 20);
  private final List<SimLoop> loops = new ArrayList<>();

  final SimLoop raftLoop;
  private final SimLoop logLoop;
  private final SimLoop filesLoop;
  private final SimLoop applyLoop;
  private final SimLoop transferLoop;
  private final SimLoop dutyLoop;
  private final SimLoop readerLoop;
  final SimLoop peerLoop;
  final SimLoop clientLoop;

  SegmentLog log;
  ApplyDriver apply;
  RaftDriver raft;
  StateTransfers states;
  LeaseExpiry leases;
  WatchHub hub;
  Proposer proposer;
  KvService kv;
  private CorruptionCheck corruption;
  private PinExpiry pinExpiry;

  /** Whether it has applied everything that was committed before it began. */
  boolean serving;

  private boolean stopping;

  Life(Member member) {
    this.member = member;
    this.world = member.world;
    raftLoop = loop("raft");
    logLoop = loop("log");
    filesLoop = loop("files");
    applyLoop = loop("apply");
    transferLoop = loop("transfer");
    dutyLoop = loop("duty");
    readerLoop = loop("reader");
    peerLoop = loop("peer");
    clientLoop = loop("client");
  }

  /** Opens what is there and takes part. A crash of the disk comes out of here, too. */
  void open() {
    world.trace.note(world.nowNs(), "start", member.id, 0, 0);
    if (world.settings.diskNs() > 0) {
      logLoop.slowDown(() -> member.random.nextLong(world.settings.diskNs()));
    }
    MvccEngine engine = openStores();
    apply = new ApplyDriver(applyLoop, engine, pins, this, this::fatal);
    world.truth.published(member.id, apply.view());
    world.witness.opened(this);
    states =
        new StateTransfers(
            transferLoop,
            apply,
            pins,
            engine,
            member.shelf,
            this::openEngine,
            new Listener(),
            this);
    raft =
        new RaftDriver(
            driverConfig(),
            raftLoop,
            logLoop,
            log,
            apply.view(),
            member.joining,
            this,
            states,
            this::fatal);
    serve();
    apply.start();
    raft.start(clientLoop, this::committed).onSuccess(this::begin);
    syncLater();
  }

  private MvccEngine openStores() {
    LogConfig config =
        new LogConfig(
            CLUSTER,
            member.id,
            world.settings.segmentBytes(),
            world.settings.segmentBytes(),
            member.random.split()::nextLong);
    try {
      boolean exists = SegmentLog.exists(member.disk);
      if (exists) {
        member.shelf.settle(SegmentLog.beginning(member.disk, config, filesLoop));
      }
      MvccEngine engine = openEngine(member.shelf.live(), new Listener());
      log =
          exists
              ? SegmentLog.open(member.disk, config, filesLoop, engine.state().appliedIndex())
              : SegmentLog.create(member.disk, config, filesLoop);
      Recovery.check(log, engine.state());
      if (member.joining == null) {
        Founding.first(log, founding());
      }
      return engine;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private Command founding() {
    FoundCluster.Builder found = FoundCluster.newBuilder();
    for (long id = 1; id <= world.settings.voters(); id++) {
      Builder founder = io.mooring.api.etcdserverpb.Member.newBuilder().setID(id);
      found.addMembers(founder.addPeerURLs(World.peerUrl(id)));
    }
    return Command.newBuilder().setFoundCluster(found).build();
  }

  private MvccEngine openEngine(Path directory, EngineListener listener) {
    EngineConfig config = EngineConfig.of(directory, listener, pins);
    return member.shelf.opened(directory, new MemoryEngineProvider().open(config));
  }

  private DriverConfig driverConfig() {
    Settings settings = world.settings;
    long retained = settings.retainedBytes();
    RaftLimits limits =
        new RaftLimits(1 << 20, 1 << 20, 10_000, 20_000, 1 << 24, retained, 4_000, 1 << 16, 8, 64);
    return new DriverConfig(
        new RaftConfig(member.id, 10, 1, true, limits),
        member.random.nextLong(),
        1 << 20,
        100 * Settings.MS,
        7 * Settings.SECOND,
        5_000,
        10_000,
        10_000,
        1 << 22,
        settings.retainedEntries());
  }

  /** What answers clients. */
  private void serve() {
    HeaderWriter headers = new HeaderWriter(CLUSTER, member.id);
    ServiceStats stats = new ServiceStats();
    ServiceLimits limits = ServiceLimits.DEFAULT;
    proposer = new Proposer(raft, headers, limits, stats, budget);
    RangeReader reader =
        new RangeReader(
            clientLoop,
            this::offerRead,
            budget,
            headers,
            () -> raft.status().term(),
            raft::view,
            pins);
    QuotaGuard quota = new QuotaGuard(0, raft, member.id);
    kv = new KvService(raft, proposer, quota, reader, limits, stats);
    LeaseTiming timing = LeaseTiming.of(Settings.SECOND);
    leases = new LeaseExpiry(dutyLoop, raft, member.id, timing);
    corruption = new CorruptionCheck(dutyLoop, raft, member.id);
    pinExpiry = new PinExpiry(dutyLoop, pins);
  }

  /** Small, so that every one of them is met. */
  private static WatchLimits watchLimits() {
    return new WatchLimits(
        100, 100, 2 << 20, 5 * Settings.SECOND, 4, 20_000, 20, 10_000, 2, 3, 5, 2_000, 50, 1);
  }

  private void begin(View view) {
    world.trace.note(world.nowNs(), "serves", member.id, view.appliedIndex(), 0);
    serving = true;
    hub =
        new WatchHub(
            clientLoop,
            apply::view,
            this::offerRead,
            pins,
            new WatchResponses(CLUSTER, member.id, () -> raft.status().term()),
            watchLimits(),
            member.random.nextLong());
    apply.addEventSink(hub);
    hub.start();
    apply.addLeaseSink(leases);
    leases.start();
    corruption.start();
    pinExpiry.start();
  }

  private boolean offerRead(Runnable task) {
    if (member.random.nextInt(16) == 0) {
      return false;
    }
    readerLoop.execute(task);
    return true;
  }

  /** Engines make their state durable when it suits them. */
  private void syncLater() {
    applyLoop.timer(
        world.settings.syncNs() / 2 + member.random.nextLong(world.settings.syncNs()),
        () -> {
          if (!stopping) {
            apply.view().engine().sync();
            syncLater();
          }
        });
  }

  // Between consensus and the machine.

  private void committed(Committed batch) {
    for (int i = 0; i < batch.entries().size(); i++) {
      long index = batch.entries().get(i).index();
      world.committed(this, batch.entries().get(i));
      var reply = batch.replies().get(i);
      if (reply != null) {
        reply.promise().future().onSuccess(outcome -> answered(index, outcome));
      }
    }
    apply.apply(batch);
  }

  private void answered(long index, Outcome outcome) {
    world.truth.outcome(member.id, index, outcome);
  }

  @Override
  public void configured(long index, boolean accepted, Membership now) {
    raft.configured(index, accepted, now);
  }

  @Override
  public void applied(View view) {
    world.trace.note(world.nowNs(), "applied", member.id, view.appliedIndex(), view.revision());
    world.truth.published(member.id, view);
    raft.applied(view);
  }

  // Between members.

  @Override
  public void send(List<Message> messages) {
    for (Message message : messages) {
      world.witness.sends(this, message);
      world.network.send(message);
    }
  }

  @Override
  public long connectedNs(long to) {
    boolean down = world.settings.linksKnow() && world.network.isCut(member.id, to);
    return down ? -1 : raftLoop.nowNs();
  }

  @Override
  public void send(long to, long term, TransferSource source) {
    world.network.carry(this, to, term, source);
  }

  @Override
  public void cancelSends() {
    world.network.cancelSends(this);
  }

  @Override
  public Future<Boolean> received(Loop caller, Message.InstallSnapshot snapshot) {
    return raft.received(caller, snapshot);
  }

  // The end.

  private void fatal(String where, Throwable cause) {
    world.fatal(member, where, cause);
  }

  /** Nothing of it runs any more. */
  void kill() {
    loops.forEach(SimLoop::kill);
  }

  /** Whoever was served has gone: nothing of it is left (W7, S14). */
  void checkNothingLeft() {
    String who = member.toString();
    Truth.that(hub.watcherCount() == 0, "W7 watchers left at " + who);
    Truth.that(hub.streamCount() == 0, "W7 streams left at " + who);
    Truth.that(pins.count() == 0, "pins left at " + who + ": " + pins.lowest());
    Truth.that(budget.inFlight() == 0, "reply bytes left at " + who);
    long snapshots = apply.view().engine().stats().openSnapshots();
    Truth.that(snapshots == 0, "S14 engine snapshots left at " + who);
  }

  /** Ends it as {@code boot} does. */
  Future<Void> stop(Loop caller) {
    stopping = true;
    leases.stop();
    corruption.stop();
    pinExpiry.stop();
    return raft.stop(caller, 0)
        .compose(done -> apply.stop(caller))
        .compose(durable -> states.stop(caller))
        .compose(done -> raft.closeLog(caller));
  }

  /** Stands still, all of it or one loop. */
  void pause(@Nullable SimLoop one, long forNs) {
    if (one != null) {
      one.pause(forNs);
    } else {
      loops.forEach(loop -> loop.pause(forNs));
    }
  }

  List<SimLoop> loops() {
    return loops;
  }

  private SimLoop loop(String name) {
    SimLoop loop = world.scheduler.loop(name + "-" + member.id, member.driftPpm);
    loops.add(loop);
    return loop;
  }

  /** The engine's own thread speaks here too: only what this thread hears is passed on. */
  private final class Listener implements EngineListener {
    @Override
    public void reclaimed(long revision) {
      if (apply != null) {
        apply.reclaimed(revision);
      }
    }

    @Override
    public void failed(EngineException cause) {
      fatal("engine", cause);
    }
  }
}
