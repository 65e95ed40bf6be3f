package io.mooring.sim.cluster;

import io.mooring.raft.core.Configuration;
import io.mooring.sim.SimFileStore;
import java.nio.file.Path;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/** What is left of a member when its process dies, and what the process has promised to others. */
final class Member {

  final long id;
  final World world;
  final SplittableRandom random;
  final EngineShelf shelf;
  final long driftPpm;

  /** The cluster as others described it when this member joined; null for a founder. */
  final @Nullable Configuration joining;

  SimFileStore disk;
  @Nullable Life life;

  /** Highest term that ever left it. */
  long sentTerm;

  /** What it last acknowledged to a leader. */
  long ackedTerm;

  long ackedIndex;

  /** Its last vote. */
  long votedTerm;

  long votedFor;

  /** Highest index that it ever handed to its machine. */
  long appliedIndex;

  /** Somebody will start it again. */
  boolean comesBack;

  /** Removed from the cluster for good. */
  boolean buried;

  Member(World world, long id, Path root, @Nullable Configuration joining) {
    this.world = world;
    this.id = id;
    this.random = world.random.split();
    this.joining = joining;
    this.shelf = new EngineShelf(root, world.network::diskIsFull);
    this.disk = new SimFileStore(random.nextLong());
    long drift = world.settings.driftPpm();
    this.driftPpm = drift == 0 ? 0 : random.nextLong(-drift, drift + 1);
  }

  /** Null while it is down. */
  @Nullable Life life() {
    return life;
  }

  boolean up() {
    return life != null;
  }

  /** Begins a process on what the disk holds. */
  void start() {
    Truth.that(life == null && !buried, "started twice");
    if (world.settings.fileCrashes() && !world.trouble.isOver() && random.nextInt(3) == 0) {
      disk.crashAtCall = disk.calls() + 1 + random.nextInt(200);
    }
    disk.shortWrites = random.nextInt(4) == 0;
    Life begun = new Life(this);
    life = begun;
    begun.open();
  }

  /** The process has ended by itself. */
  void stopped() {
    if (life != null) {
      life.kill();
      life = null;
      world.network.died(this);
      shelf.closeAll();
      disk = disk.kill();
    }
  }

  /**
   * The process is gone.
   *
   * @param powerLoss whether what its disk had not synced is gone too
   */
  void crash(boolean powerLoss) {
    Life dying = life;
    if (dying == null) {
      return;
    }
    world.trace.note(world.nowNs(), powerLoss ? "power off" : "killed", id, 0, 0);
    life = null;
    dying.kill();
    world.network.died(this);
    shelf.crash();
    disk = powerLoss ? disk.crash() : disk.kill();
  }

  @Override
  public String toString() {
    return "member " + id;
  }
}
