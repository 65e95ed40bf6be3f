package io.mooring.raft;

import io.mooring.base.Check;
import io.mooring.log.LogConfig;
import io.mooring.log.SegmentLog;
import io.mooring.loop.Loop;
import io.mooring.machine.View;
import io.mooring.raft.core.Configuration;
import io.mooring.raft.core.Entry;
import io.mooring.raft.core.EntryId;
import io.mooring.raft.core.Message;
import io.mooring.raft.core.RaftConfig;
import io.mooring.raft.core.RaftLimits;
import io.mooring.raft.core.Transfer;
import io.mooring.sim.SimFileStore;
import io.mooring.sim.SimScheduler;
import io.mooring.sim.SimScheduler.SimLoop;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** One member of a simulated cluster, from its driver down to its files. */
final class DriverMember implements StateTransfer {

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

  /** Loaded beside the live one, durably; a start takes it if the log begins behind it. */
  private List<Entry> nextImage = List.of();

  /** A received transfer snapshot that waits to be installed; lost in a crash. */
  private @Nullable Sent incoming;

  private final Consumer<Sent> sender;
  private SimLoop applyLoop;
  private SimLoop raftLoop;
  int installed;

  /** Term of the leadership that it sends, or has sent, states in; 0 when none. */
  long sendingTerm;

  int canceled;

  /** How often a received snapshot turns out damaged; one in so many, 0 for never. */
  int damaged;

  /** A transfer snapshot on its way: the machine's whole state, and the message it comes with. */
  record Sent(Message.InstallSnapshot message, List<Entry> state) {}

  private @Nullable FakeMachine machine;
  private @Nullable RaftDriver driver;

  DriverMember(
      SimScheduler scheduler,
      long seed,
      long id,
      Configuration members,
      Outbound outbound,
      Consumer<Sent> sender) {
    this.sender = sender;
    this.applyLoop = scheduler.loop("none");
    this.raftLoop = applyLoop;
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
    RaftLimits limits =
        new RaftLimits(1 << 20, 1 << 20, 10_000, 20_000, 1 << 24, 600, 500, 1 << 20, 8, 64);
    DriverConfig config =
        new DriverConfig(
            new RaftConfig(id, 10, 1, true, limits),
            random.nextLong(),
            2_000,
            SECOND_NS / 10,
            7 * SECOND_NS,
            5_000,
            10_000,
            10_000,
            1 << 20,
            5);
    applyLoop = loop("apply");
    raftLoop = loop("raft");
    SegmentLog log = open(loop("files"));
    FakeMachine fresh = new FakeMachine(applyLoop, engineImage, random.nextLong());
    Recovery.check(log, fresh.engine.state());
    RaftDriver made =
        new RaftDriver(
            config,
            raftLoop,
            loop("log"),
            log,
            fresh.view(),
            members,
            outbound,
            this,
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
    incoming = null;
    sendingTerm = 0;
  }

  /** Bytes have arrived whole; the answer says whether they were installed. */
  Future<Boolean> receive(SimLoop caller, Sent sent) {
    RaftDriver to = Check.present(driver, "member is down");
    if (incoming != null) {
      return Future.succeededFuture(false); // one at a time
    }
    incoming = sent;
    return to.received(caller, sent.message)
        .onSuccess(
            done -> {
              if (incoming == sent) {
                incoming = null;
              }
            });
  }

  @Override
  public void send(long memberId, long term) {
    sendingTerm = term;
    FakeMachine from = Check.present(machine, "member is down");
    applyLoop.execute(
        () -> {
          List<Entry> state = List.copyOf(from.applied);
          EntryId last = EntryId.of(state.get(state.size() - 1));
          Transfer transfer = new Transfer(last, members);
          sender.accept(new Sent(new Message.InstallSnapshot(id, memberId, term, transfer), state));
        });
  }

  @Override
  public void cancelSends() {
    sendingTerm = 0;
    canceled++;
  }

  @Override
  public Future<Void> load(Loop caller, Transfer transfer) {
    Promise<Void> promise = caller.promise();
    Sent sent = Check.present(incoming, "R24 nothing was received");
    Check.that(sent.message.transfer().equals(transfer), "R24 another snapshot");
    if (damaged > 0 && random.nextInt(damaged) == 0) {
      promise.fail("damaged");
      return promise.future();
    }
    applyLoop.timer(
        random.nextLong(SECOND_NS / 2),
        () -> {
          nextImage = sent.state;
          promise.complete();
        });
    return promise.future();
  }

  @Override
  public Future<View> install(Loop caller, Transfer transfer) {
    Promise<View> promise = caller.promise();
    FakeMachine to = Check.present(machine, "member is down");
    applyLoop.timer(
        random.nextLong(SECOND_NS / 10),
        () -> {
          View view = to.replace(nextImage);
          nextImage = List.of();
          installed++;
          promise.complete(view);
        });
    return promise.future();
  }

  /** A crash between the log and the live engine's end is finished at the next start. */
  private void finishInstallation(LogConfig config, SimLoop files) throws IOException {
    if (!nextImage.isEmpty()) {
      EntryId next = EntryId.of(nextImage.get(nextImage.size() - 1));
      if (SegmentLog.beginning(store, config, files).equals(next)) {
        engineImage = nextImage;
      }
      nextImage = List.of();
    }
  }

  private SegmentLog open(SimLoop files) {
    LogConfig config = new LogConfig(11, id, 16_384, 16_384, random.split()::nextLong);
    try {
      finishInstallation(config, files);
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
