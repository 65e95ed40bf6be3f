package io.mooring.raft.core;

import static org.assertj.core.api.Assertions.assertThat;

import io.mooring.api.testing.Covers;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/**
 * Clusters of cores under every fault at once, then healed. Each seed is its own schedule; {@code
 * -Draft.seed=n -Draft.seeds=m} runs others.
 */
class RaftSimulationTest {

  private static final int EVENTS = 6_000;

  private final TreeMap<String, Integer> counts = new TreeMap<>();
  private long events;

  @Test
  @Covers({
    "R1", "R2", "R3", "R5", "R7", "R8", "R9", "R10", "R11", "R13", "R18", "R19", "R20", "R24", "R26"
  })
  void safeUnderFaultsAndLiveAfterHealing() {
    long first = Long.getLong("raft.seed", 1);
    long seeds = Long.getLong("raft.seeds", 40);
    for (long seed = first; seed < first + seeds; seed++) {
      try {
        schedule(seed);
      } catch (RuntimeException | AssertionError e) {
        throw new AssertionError("seed " + seed + ": " + e.getMessage(), e);
      }
    }
    if (seeds >= 40) {
      assertThat(events).as("events").isGreaterThan(100_000);
      for (String each :
          new String[] {
            "crash",
            "partition",
            "pause",
            "lost",
            "transfer",
            "install",
            "change applied",
            "TIMEOUT_NOW",
            "APPEND_REFUSED",
            "read confirmed",
            "READ_INDEX_REPLY",
            "PROPOSE"
          }) {
        assertThat(counts.getOrDefault(each, 0)).as(each).isGreaterThan(20);
      }
    }
  }

  private void schedule(long seed) {
    SimCluster cluster = new SimCluster(seed, 1 + (int) (seed % 5));
    boolean changes = seed % 3 != 0;
    cluster.lossPercent = cluster.random.nextInt(15);
    cluster.doublePercent = cluster.random.nextInt(10);
    cluster.maxDelay = 20 + cluster.random.nextInt(400);
    cluster.run(EVENTS, () -> disturb(cluster, changes));
    heal(cluster);
    converge(cluster);
    cluster.counts.forEach((what, count) -> counts.merge(what, count, Integer::sum));
    events += cluster.events;
  }

  private static void disturb(SimCluster cluster, boolean changes) {
    SimMember member = cluster.any();
    switch (cluster.random.nextInt(400)) {
      case 0 -> {
        if (cluster.random.nextInt(4) == 0) {
          cluster.partition();
        }
      }
      case 1 -> cluster.pause(member);
      case 2 -> {
        if (cluster.random.nextInt(4) == 0) {
          cluster.crash(member);
        }
      }
      case 6, 7 -> {
        if (changes) {
          cluster.change();
        }
      }
      case 8 -> {
        if (member.isLeader()) {
          member.raft.transferLeadership(cluster.any().id);
          member.turn();
        }
      }
      default -> {
        if (member.isRunning() && cluster.random.nextInt(8) == 0) {
          if (cluster.random.nextInt(3) == 0) {
            member.read();
          } else {
            member.propose(new byte[cluster.random.nextInt(60)]);
          }
        }
      }
    }
  }

  private static void heal(SimCluster cluster) {
    cluster.members.values().forEach(member -> member.pausedUntil = 0);
    cluster.healNetwork();
    cluster.lossPercent = 0;
    cluster.doublePercent = 0;
    cluster.maxDelay = 30;
    for (SimMember member : cluster.members.values()) {
      if (!member.up) {
        member.start();
      }
    }
  }

  /** Somebody leads, what is proposed is applied by all, and all are in the same state. */
  private static void converge(SimCluster cluster) {
    byte[] last = {42};
    for (int round = 0; round < 200; round++) {
      cluster.run(500, () -> {});
      cluster.bury();
      for (SimMember member : cluster.members.values()) {
        if (member.isLeader()) {
          member.propose(last);
        }
      }
      if (round > 5 && isConverged(cluster)) {
        return;
      }
    }
    throw new AssertionError("P23 not converged: " + describe(cluster));
  }

  private static boolean isConverged(SimCluster cluster) {
    long index = -1;
    boolean led = false;
    for (SimMember member : cluster.members.values()) {
      led |= member.isLeader();
    }
    if (!led) {
      return false;
    }
    cluster.run(300, () -> {});
    for (SimMember member : cluster.members.values()) {
      long applied = member.machine.last().index();
      if (index >= 0 && applied != index || applied != member.raft.lastIndex()) {
        return false;
      }
      index = applied;
    }
    return index == cluster.checker.committedIndex;
  }

  private static String describe(SimCluster cluster) {
    StringBuilder out = new StringBuilder();
    for (SimMember member : cluster.members.values()) {
      out.append("\n  ").append(member.id).append(": ").append(member.raft.softState());
      out.append(" last=").append(member.raft.lastIndex());
      out.append(" commit=").append(member.raft.commitIndex());
      out.append(" applied=").append(member.raft.appliedIndex());
      out.append(" persisted=").append(member.raft.persistedIndex());
      out.append(member.raft.isInstalling() ? " installing" : "");
      out.append(' ').append(member.raft.configuration());
    }
    return out.toString();
  }
}
