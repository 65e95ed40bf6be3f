package io.mooring.raft;

import io.mooring.api.etcdserverpb.PutRequest;
import io.mooring.api.internalpb.Command;
import io.mooring.log.LogConfig;
import io.mooring.log.SegmentLog;
import io.mooring.machine.Outcome;
import io.mooring.machine.View;
import io.mooring.raft.core.Configuration;
import io.mooring.raft.core.Entry;
import io.mooring.raft.core.RaftConfig;
import io.mooring.raft.core.RaftLimits;
import io.mooring.sim.SimFileStore;
import io.mooring.sim.SimScheduler;
import io.mooring.sim.SimScheduler.SimLoop;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/** One member on simulated loops and a simulated disk, from its driver down to its files. */
@SuppressWarnings("NullAway.Init") // start comes first
final class MemberHarness {

  static final long MEMBER = 22;
  static final long SECOND_NS = 1_000_000_000;

  final SimScheduler scheduler;
  final SplittableRandom random;
  final SimLoop client;
  SimFileStore store;
  List<Entry> engineImage = List.of();
  long epoch;
  int segmentBytes = 4_096;
  Configuration members = Configuration.of(MEMBER);
  DriverConfig config;

  SimLoop raftLoop;
  SimLoop logLoop;
  FakeMachine machine;
  RaftDriver driver;
  private long storedTerm;
  final List<Throwable> fatal = new ArrayList<>();
  private final List<SimLoop> memberLoops = new ArrayList<>();

  MemberHarness(long seed) {
    random = new SplittableRandom(seed);
    scheduler = new SimScheduler(random.nextLong());
    store = new SimFileStore(random.nextLong());
    client = scheduler.loop("client");
    RaftLimits limits =
        new RaftLimits(1 << 20, 1 << 20, 10_000, 20_000, 1 << 24, 0, 1 << 20, 1 << 20, 8, 64);
    RaftConfig core = new RaftConfig(MEMBER, 10, 1, true, limits);
    config =
        new DriverConfig(
            core, 0, 2_000, SECOND_NS / 10, 7 * SECOND_NS, 5_000, 10_000, 10_000, 1 << 20, 5);
  }

  /** Starts, or starts again, on what the disk and the engine hold. */
  Future<View> start() {
    epoch++;
    config =
        new DriverConfig(
            config.core(),
            epoch,
            config.maxRequestBytes(),
            config.tickNs(),
            config.requestTimeoutNs(),
            config.maxApplyGap(),
            config.maxApplyGapPrivileged(),
            config.maxWaiting(),
            config.maxWaitingBytes(),
            config.retainedEntries());
    raftLoop = loop("raft");
    logLoop = loop("log");
    SimLoop background = loop("background");
    machine = new FakeMachine(loop("apply"), engineImage, random.nextLong());
    LogConfig logConfig =
        new LogConfig(11, MEMBER, segmentBytes, segmentBytes, random.split()::nextLong);
    SegmentLog log = open(logConfig, background);
    Recovery.check(log, machine.engine.state());
    storedTerm = log.hardState().term();
    driver =
        new RaftDriver(
            config,
            raftLoop,
            logLoop,
            log,
            machine.view(),
            members,
            Outbound.NOBODY,
            StateTransfer.NONE,
            (where, cause) -> fatal.add(cause));
    return driver.start(client, machine.listener(driver));
  }

  private SegmentLog open(LogConfig logConfig, SimLoop background) {
    try {
      return SegmentLog.exists(store)
          ? SegmentLog.open(store, logConfig, background, engineImage.size())
          : SegmentLog.create(store, logConfig, background);
    } catch (java.io.IOException e) {
      throw new AssertionError(e);
    }
  }

  MemberHarness serve() {
    Future<View> serving = start();
    scheduler.runUntil(serving::isComplete, 100_000);
    if (serving.failed()) {
      throw new AssertionError(serving.cause());
    }
    if (driver.status().term() <= storedTerm) {
      throw new AssertionError("R3 led again in term " + storedTerm);
    }
    return this;
  }

  /** The process is gone; the disk keeps what it kept, the engine what was durable in it. */
  void crash(boolean powerLoss) {
    memberLoops.forEach(SimLoop::kill);
    memberLoops.clear();
    store = powerLoss ? store.crash() : store.kill();
    engineImage = machine.durable();
  }

  Future<Outcome> put(String value) {
    return put(value, scheduler.nowNs() + 60 * SECOND_NS);
  }

  Future<Outcome> put(String value, long deadlineNs) {
    return driver.propose(client, command(value), deadlineNs);
  }

  static Command command(String value) {
    return Command.newBuilder()
        .setPut(
            PutRequest.newBuilder().setValue(com.google.protobuf.ByteString.copyFromUtf8(value)))
        .build();
  }

  /** The value that an applied entry carries, or empty. */
  static String value(Entry entry) {
    return entry.kind() == Entry.Kind.COMMAND
        ? io.mooring.machine.CommandCodec.decode(entry.data()).getPut().getValue().toStringUtf8()
        : "";
  }

  private SimLoop loop(String name) {
    SimLoop loop = scheduler.loop(name);
    memberLoops.add(loop);
    return loop;
  }
}
