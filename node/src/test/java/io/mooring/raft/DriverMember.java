package io.mooring.raft;

import io.mooring.log.LogConfig;
import io.mooring.log.SegmentLog;
import io.mooring.raft.core.Configuration;
import io.mooring.raft.core.Entry;
import io.mooring.raft.core.RaftConfig;
import io.mooring.sim.SimFileStore;
import io.mooring.sim.SimScheduler;
import io.mooring.sim.SimScheduler.SimLoop;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/** One member of a simulated cluster, from its driver down to its files. */
final class DriverMember {

  private static final long SECOND_NS = 1_000_000_000;

  final long id;
  final List<Throwable> fatal = new ArrayList<>();
  private final SimScheduler scheduler;
  private final SplittableRandom random;
  private final Configuration members;
  private final Outbound outbound;
  private final List<SimLoop> loops = new ArrayList<>();
  private SimFileStore store;
  private List<Entry> engineImage = List.of();
  private @Nullable FakeMachine machine;
  private @Nullable RaftDriver driver;

  DriverMember(
      SimScheduler scheduler, long seed, long id, Configuration members, Outbound outbound) {
    this.scheduler = scheduler;
    this.random = new SplittableRandom(seed);
    this.id = id;
    this.members = members;
    this.outbound = outbound;
    this.store = new SimFileStore(random.nextLong());
  }

  /** Null while it is down. */
  @Nullable RaftDriver driver() {
    return driver;
  }

  /** What its machine has applied, or what a crash has left of that. */
  List<Entry> applied() {
    return machine == null ? engineImage : machine.applied;
  }

  void start(SimLoop client) {
    DriverConfig config =
        new DriverConfig(
            RaftConfig.of(id),
            random.nextLong(),
            2_000,
            SECOND_NS / 10,
            7 * SECOND_NS,
            5_000,
            10_000,
            10_000,
            1 << 20,
            1_000_000);
    FakeMachine fresh = new FakeMachine(loop("apply"), engineImage, random.nextLong());
    RaftDriver made =
        new RaftDriver(
            config,
            loop("raft"),
            loop("log"),
            open(loop("files")),
            fresh.view(),
            members,
            outbound,
            (where, cause) -> fatal.add(cause));
    machine = fresh;
    driver = made;
    made.start(client, fresh.listener(made));
  }

  /** The process is gone; the disk keeps what it kept, the engine what was durable in it. */
  void crash(boolean powerLoss) {
    loops.forEach(SimLoop::kill);
    loops.clear();
    store = powerLoss ? store.crash() : store.kill();
    if (machine != null) {
      engineImage = machine.durable();
    }
    machine = null;
    driver = null;
  }

  private SegmentLog open(SimLoop files) {
    LogConfig config = new LogConfig(11, id, 16_384, 16_384, random.split()::nextLong);
    try {
      return SegmentLog.exists(store)
          ? SegmentLog.open(store, config, files, engineImage.size())
          : SegmentLog.create(store, config, files);
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  private SimLoop loop(String name) {
    SimLoop loop = scheduler.loop(name + id);
    loops.add(loop);
    return loop;
  }
}
