package io.mooring.sim.cluster;

import static io.mooring.sim.cluster.Truth.that;

import io.mooring.api.storage.EngineConfig;
import io.mooring.api.storage.PinRegistry;
import io.mooring.it.cluster.KeySpace;
import io.mooring.log.LogException;
import io.mooring.raft.core.Configuration;
import io.mooring.raft.core.Entry;
import io.mooring.sim.SimCrash;
import io.mooring.sim.SimScheduler;
import io.mooring.storage.memory.MemoryEngineProvider;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/** One run: everything there is, and the way time passes. */
final class World implements AutoCloseable {

  private static final int CLIENTS = 9;
  private static final int WRITERS = 6;

  final long seed;
  final SplittableRandom random;
  final Settings settings;
  final SimScheduler scheduler;
  final Trace trace = new Trace();
  final Truth truth;
  final Witness witness;
  final Network network;
  final Courier courier;
  final List<Client> clients = new ArrayList<>();
  final List<Follower> followers = new ArrayList<>();
  final LeaseHolder leaseHolder;
  final Operator operator;
  final Trouble trouble;
  final Map<String, Integer> counts = new TreeMap<>();
  private final Path root;
  private final TreeMap<Long, Member> members = new TreeMap<>();
  private List<Member> all = List.of();
  private @Nullable AssertionError fault;

  /**
   * Founds a cluster; nobody has begun yet.
   *
   * @param root an empty directory for engines
   */
  World(long seed, Path root, SplittableRandom random, Settings settings) {
    this.seed = seed;
    this.root = root;
    this.random = random;
    this.settings = settings;
    scheduler = new SimScheduler(random.nextLong());
    try {
      Path directory = Files.createDirectories(root.resolve("truth"));
      truth =
          new Truth(
              new MemoryEngineProvider()
                  .open(
                      EngineConfig.of(
                          directory,
                          cause -> {
                            throw new AssertionError(cause);
                          },
                          new PinRegistry())),
              this::nowNs);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    witness = new Witness(this);
    network = new Network(this);
    courier = new Courier(this);
    for (long id = 1; id <= settings.voters(); id++) {
      add(id, null);
    }
    KeySpace keys = new KeySpace();
    for (int i = 0; i < CLIENTS; i++) {
      clients.add(new Client(this, i, keys, i >= WRITERS));
    }
    followers.add(new Follower(this, 0, ""));
    followers.add(new Follower(this, 1, ""));
    followers.add(new Follower(this, 2, "r/"));
    leaseHolder = new LeaseHolder(this);
    operator = new Operator(this);
    trouble = new Trouble(this);
  }

  static String peerUrl(long id) {
    return "http://10.0.0." + id + ":2380";
  }

  long nowNs() {
    return scheduler.nowNs();
  }

  void count(String what) {
    counts.merge(what, 1, Integer::sum);
  }

  // Members.

  Member add(long id, @Nullable Configuration joining) {
    Member made = new Member(this, id, root.resolve("member-" + id), joining);
    members.put(id, made);
    all = List.copyOf(members.values());
    return made;
  }

  /** Null when there is none, or none any more. */
  @Nullable Member member(long id) {
    return members.get(id);
  }

  List<Member> members() {
    return all;
  }

  Member anyMember() {
    return all.get(random.nextInt(all.size()));
  }

  void start(Member member) {
    try {
      member.start();
    } catch (SimCrash atOpening) {
      count("crash at opening");
      crash(member, random.nextBoolean());
    } catch (LogException ofDisk) {
      syncFailed(ofDisk);
    }
  }

  /** A member that was removed, and its disk with it, is gone for good. */
  void bury(Member member) {
    crash(member, false);
    member.buried = true;
    member.shelf.closeAll();
    members.remove(member.id);
    all = List.copyOf(members.values());
  }

  void crash(Member member, boolean powerLoss) {
    if (member.up()) {
      count(powerLoss ? "power loss" : "kill");
      member.crash(powerLoss);
    }
  }

  // What members tell.

  void committed(Life life, Entry entry) {
    if (truth.committed(entry)) {
      trace.note(nowNs(), "committed", life.member.id, entry.index(), entry.term());
    }
    life.member.appliedIndex = Math.max(life.member.appliedIndex, entry.index());
  }

  void fatal(Member member, String where, Throwable cause) {
    if (fault == null) {
      fault = new AssertionError(member + " ended in " + where + ": " + cause, cause);
    }
  }

  // Time.

  /** Lets time pass. */
  void run(long forNs) {
    long untilNs = nowNs() + forNs;
    while (nowNs() < untilNs) {
      step();
    }
  }

  /** Lets time pass until something holds. */
  void await(String what, long atMostNs, BooleanSupplier condition) {
    long untilNs = nowNs() + atMostNs;
    while (!condition.getAsBoolean()) {
      that(nowNs() < untilNs, "P23 it took too long: " + what + "; " + standings());
      run(10 * Settings.MS);
    }
  }

  private void step() {
    try {
      that(scheduler.step(), "nothing is left to do");
    } catch (SimCrash ofDisk) {
      diskDied();
    } catch (LogException ofDisk) {
      syncFailed(ofDisk);
    }
    witness.look();
    if (fault != null) {
      throw fault;
    }
  }

  private void diskDied() {
    for (Member member : members()) {
      if (member.disk.calls() >= member.disk.crashAtCall) {
        count("crash in a file call");
        crash(member, random.nextInt(3) > 0);
      }
    }
  }

  /** S2: a member whose disk fails ends at once; what was not synced before is gone. */
  private void syncFailed(LogException thrown) {
    boolean planned = false;
    for (Member member : all) { // each whose disk has failed: one may not have noticed yet
      if (member.disk.syncs() >= member.disk.failSync) {
        count("sync failed");
        crash(member, true);
        planned = true;
      }
    }
    if (!planned) {
      throw thrown;
    }
  }

  private String standings() {
    StringBuilder text = new StringBuilder();
    for (Member member : members()) {
      Life life = member.life();
      text.append(member).append(": ");
      text.append(life == null ? "down" : life.raft.status() + " serving=" + life.serving);
      text.append("; ");
    }
    return text.toString();
  }

  @Override
  public void close() {
    for (Member member : members()) {
      Life life = member.life();
      if (life != null) {
        life.kill();
      }
      member.shelf.closeAll();
    }
    truth.close();
  }
}
