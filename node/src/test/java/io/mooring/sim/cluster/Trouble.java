package io.mooring.sim.cluster;

import io.mooring.sim.SimScheduler.SimLoop;
import java.util.List;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/** Makes things go wrong while it lasts: crashes, power cuts, partitions, pauses. */
final class Trouble {

  private static final long PAUSE_NS = 600 * Settings.MS;
  private static final long DOWN_NS = 8 * Settings.SECOND;

  private final World world;
  private final SplittableRandom random;
  private final SimLoop loop;
  private boolean over;

  Trouble(World world) {
    this.world = world;
    this.random = world.random.split();
    this.loop = world.scheduler.loop("trouble");
  }

  void start() {
    later();
  }

  /** Nothing goes wrong any more; whoever is down comes back. */
  void end() {
    over = true;
    world.network.calm();
    world.courier.calm = true;
    for (Member member : world.members()) {
      member.disk.crashAtCall = Long.MAX_VALUE;
      member.disk.failSync = Long.MAX_VALUE;
      if (!member.up()) {
        world.start(member);
      }
    }
  }

  boolean isOver() {
    return over;
  }

  private void later() {
    loop.timer(
        random.nextLong(PAUSE_NS),
        () -> {
          if (!over) {
            one();
            later();
          }
        });
  }

  private void one() {
    Settings settings = world.settings;
    Member victim = world.anyMember();
    switch (random.nextInt(12)) {
      case 0, 1 -> {
        if (settings.crashes()) {
          crash(victim);
        }
      }
      case 2 -> {
        if (settings.crashes() && random.nextInt(6) == 0) {
          world.count("power cut");
          world.members().forEach(member -> world.crash(member, true));
        }
      }
      case 3, 4 -> {
        if (settings.partitions()) {
          part();
        }
      }
      case 5, 6 -> {
        if (settings.pauses()) {
          pause(victim);
        }
      }
      case 7 -> {
        if (settings.fileCrashes() && random.nextInt(3) == 0) {
          victim.disk.failSync = victim.disk.syncs() + 1 + random.nextInt(4);
        }
      }
      default -> {}
    }
    for (Member member : world.members()) {
      if (!member.up() && !member.comesBack) {
        member.comesBack = true;
        loop.timer(random.nextLong(DOWN_NS), () -> comeBack(member));
      }
    }
  }

  private void comeBack(Member member) {
    member.comesBack = false;
    if (!member.up() && !member.buried) {
      world.start(member);
    }
  }

  private void crash(Member victim) {
    if (victim.up()) {
      world.count("crash of " + state(victim));
      world.crash(victim, random.nextInt(3) > 0);
    }
  }

  private void part() {
    world.count("partition");
    world.members().stream()
        .filter(Member::up)
        .forEach(member -> world.count("partition with " + state(member)));
    Member leader = leader();
    if (leader != null && random.nextInt(3) == 0) {
      world.network.isolate(leader);
    } else {
      world.network.part();
    }
    loop.timer(random.nextLong(6 * Settings.SECOND), world.network::heal);
  }

  private @Nullable Member leader() {
    for (Member member : world.members()) {
      Life life = member.life();
      if (life != null && life.serving && life.raft.status().leaderId() == member.id) {
        return member;
      }
    }
    return null;
  }

  private void pause(Member victim) {
    Life life = victim.life();
    if (life == null) {
      return;
    }
    boolean whole = random.nextBoolean();
    world.count((whole ? "pause of " : "one loop paused of ") + state(victim));
    List<SimLoop> loops = life.loops();
    long forNs = 1 + random.nextLong(10 * Settings.MS << random.nextInt(10));
    world.trace.note(world.nowNs(), "pause", victim.id, forNs, whole ? 1 : 0);
    life.pause(whole ? null : loops.get(random.nextInt(loops.size())), forNs);
  }

  /** What a member is doing when it is struck. */
  private String state(Member member) {
    Life life = member.life();
    if (life == null) {
      return "nobody";
    }
    if (!life.serving) {
      return "one that replays";
    }
    if (world.network.receives(member)) {
      return "a receiver of a state";
    }
    if (world.network.sends(member)) {
      return "a sender of a state";
    }
    long leader = life.raft.status().leaderId();
    if (leader == 0) {
      return "one without a leader";
    }
    if (life.apply.view().members().isLearner(member.id)) {
      return "a learner";
    }
    return leader == member.id ? "a leader" : "a follower";
  }
}
