package io.mooring.raft.core;

import io.mooring.base.Check;
import io.mooring.raft.core.SimDisk.MachineState;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/**
 * One simulated member: its core, its disk, and between them a driver as plain as can be. Each
 * stage takes a random time, so that every order of completions comes up.
 */
@SuppressWarnings("NullAway.Init") // started first
final class SimMember {

  final long id;
  final SimCluster cluster;
  final SimDisk disk;
  private final SplittableRandom random;
  private final RaftLimits limits;

  Raft raft;
  MachineState machine;
  boolean up;
  long pausedUntil;

  /** Events of an earlier life do nothing. */
  long life;

  private final ArrayDeque<Entry> toApply = new ArrayDeque<>();
  private boolean applying;
  private @Nullable Append inFlight;
  private long seenCommit;
  private long seenLast;
  private long context;
  private final Map<Long, Long> asked = new HashMap<>();

  SimMember(long id, SimCluster cluster, SimDisk disk, RaftLimits limits, SplittableRandom random) {
    this.id = id;
    this.cluster = cluster;
    this.disk = disk;
    this.limits = limits;
    this.random = random;
  }

  void start() {
    up = true;
    pausedUntil = 0;
    life++;
    RaftStart start = disk.start();
    raft = new Raft(new RaftConfig(id, 10, 1, true, limits), start, random.split());
    machine = disk.machine;
    seenCommit = raft.commitIndex();
    seenLast = raft.lastIndex();
    inFlight = null;
    applying = false;
    toApply.clear();
    asked.clear();
    context = random.nextLong(Long.MAX_VALUE / 2) + 1;
    tickLater();
    turn();
  }

  /** The group in flight is on the disk, or is not; whatever was only in memory is gone. */
  void crash() {
    if (inFlight != null && random.nextBoolean()) {
      disk.write(inFlight);
    }
    up = false;
    life++;
  }

  private void tickLater() {
    // Clocks drift: a tick is 100 units, give or take.
    later(
        90 + random.nextInt(21),
        () -> {
          tickLater();
          raft.tick();
        });
  }

  void later(long delay, Runnable event) {
    long bornIn = life;
    cluster.at(
        delay,
        () -> {
          if (up && life == bornIn && pausedUntil > cluster.now) {
            resumeLater(event, bornIn);
          } else if (up && life == bornIn) {
            event.run();
            turn();
          }
        });
  }

  private void resumeLater(Runnable event, long bornIn) {
    cluster.at(
        pausedUntil - cluster.now,
        () -> {
          if (up && life == bornIn) {
            event.run();
            turn();
          }
        });
  }

  boolean isRunning() {
    return up && pausedUntil <= cluster.now;
  }

  void propose(byte[] data) {
    raft.propose(List.of(data));
    turn();
  }

  void read() {
    context++;
    asked.put(context, cluster.checker.committedIndex);
    if (raft.readIndex(context) == null) {
      cluster.count("read");
    }
    turn();
  }

  void receive(Message message) {
    raft.step(message);
    turn();
  }

  boolean isLeader() {
    return up && raft.softState().role() == Role.Kind.LEADER;
  }

  /** Carries out what the core wants, checking it on the way. */
  void turn() {
    look();
    for (Ready ready = raft.ready(); !ready.isEmpty(); ready = raft.ready()) {
      look();
      if (ready.append() != null) {
        write(ready.append());
      }
      for (Message message : ready.messages()) {
        cluster.checker.sends(message, disk);
        cluster.send(message);
      }
      toApply.addAll(ready.committed());
      for (ReadState read : ready.reads()) {
        Long floor = asked.remove(read.context());
        if (floor != null) {
          cluster.checker.read(floor, read.index());
          cluster.count("read confirmed");
        }
      }
      for (long member : ready.transfers()) {
        transfer(member);
      }
      if (ready.install() != null) {
        install(ready.install());
      }
    }
    applyLater();
  }

  /** Compares what changed with what may change. */
  private void look() {
    RaftLog log = raft.log();
    boolean leads = raft.softState().role() == Role.Kind.LEADER;
    if (leads) {
      cluster.checker.leads(id, raft.hardState().term(), log);
    }
    if (raft.lastIndex() != seenLast) {
      for (long i = Math.max(log.base().index(), seenCommit) + 1; i <= log.lastIndex(); i++) {
        cluster.checker.appended(log.get(i), log.idAt(i - 1));
      }
      seenLast = raft.lastIndex();
    }
    if (raft.commitIndex() != seenCommit) {
      // What nobody knew to be committed before, this leader has counted just now.
      if (leads && raft.commitIndex() > cluster.checker.committedIndex) {
        cluster.checker.leaderCommits(this, cluster.members);
      }
      cluster.checker.commits(this, seenCommit, raft.commitIndex());
      seenCommit = raft.commitIndex();
    }
  }

  private void write(Append append) {
    inFlight = append;
    later(
        random.nextInt(60),
        () -> {
          inFlight = null;
          disk.write(append);
          raft.persisted(append.persisted());
        });
  }

  private void applyLater() {
    if (applying || toApply.isEmpty()) {
      return;
    }
    applying = true;
    later(
        random.nextInt(40),
        () -> {
          applying = false;
          for (int left = 1 + random.nextInt(toApply.size()); left > 0; left--) {
            apply(toApply.remove());
          }
          raft.applied(machine.last().index());
          if (random.nextInt(10) == 0) {
            disk.machine = machine;
            disk.truncateBefore(machine.last().index() - random.nextInt(20));
          }
        });
  }

  private void apply(Entry entry) {
    SimChecker.that(disk.holds(EntryId.of(entry)), "S10 applied what is not durable " + entry);
    Configuration configuration = machine.configuration();
    if (entry.kind() == Entry.Kind.CONFIG) {
      configuration = raft.applyConfigChange(entry.index(), cluster.accepts(entry));
      cluster.count("change applied");
    }
    MachineState next = machine.after(entry, configuration);
    cluster.checker.applied(machine, next);
    machine = next;
  }

  private void transfer(long member) {
    MachineState state = machine;
    long term = raft.hardState().term();
    later(
        200 + random.nextInt(400),
        () -> {
          Transfer transfer = new Transfer(state.last(), state.configuration());
          cluster.states.put(transfer, state);
          cluster.count("transfer");
          if (random.nextInt(4) > 0 && raft.hardState().term() == term) {
            cluster.send(new Message.InstallSnapshot(id, member, term, transfer));
          }
          raft.reportSnapshot(member);
        });
  }

  private void install(Transfer transfer) {
    later(
        50 + random.nextInt(100),
        () -> {
          if (applying) {
            install(transfer); // what was handed out before comes first
            return;
          }
          if (random.nextInt(5) == 0) {
            raft.installFailed(transfer);
            return;
          }
          MachineState state = Check.present(cluster.states.get(transfer), "unknown transfer");
          cluster.checker.state(state);
          disk.install(state);
          machine = state;
          raft.installed(transfer);
          seenCommit = raft.commitIndex();
          cluster.count("install");
        });
  }
}
