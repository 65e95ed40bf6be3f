package io.mooring.raft.core;

import io.mooring.raft.core.SimDisk.MachineState;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeMap;

/**
 * Cores that exchange messages over a network that loses, doubles, delays and cuts, on one thread
 * under one seed: a queue of timed events, as in every simulator.
 */
final class SimCluster {

  final SplittableRandom random;
  final SimChecker checker = new SimChecker();
  final TreeMap<Long, SimMember> members = new TreeMap<>();
  final Map<Transfer, MachineState> states = new HashMap<>();
  final TreeMap<String, Integer> counts = new TreeMap<>();
  private final PriorityQueue<Event> queue = new PriorityQueue<>();
  private final RaftLimits limits;
  private final Set<Long> removed = new HashSet<>();

  /** Pairs from, to that hear nothing. */
  private final Set<EntryId> cut = new HashSet<>();

  int lossPercent;
  int doublePercent;
  int maxDelay = 50;
  long events;
  long now;
  private long sequence;
  private long nextId;

  private record Event(long due, long sequence, Runnable run) implements Comparable<Event> {
    @Override
    public int compareTo(Event other) {
      return due != other.due
          ? Long.compare(due, other.due)
          : Long.compare(sequence, other.sequence);
    }
  }

  SimCluster(long seed, int voters) {
    random = new SplittableRandom(seed);
    limits = randomLimits();
    long[] ids = new long[voters];
    for (int i = 0; i < voters; i++) {
      ids[i] = i + 1;
    }
    // The first members begin behind an entry that all of them share, so that whoever joins later
    // needs a transfer and never starts from a configuration of its own.
    MachineState first = new MachineState(new EntryId(1, 1), 1, Configuration.of(ids));
    for (long id : ids) {
      members.put(id, member(id, new SimDisk(new HardState(1, 0), first)));
    }
    nextId = voters + 1L;
    members.values().forEach(SimMember::start);
  }

  private RaftLimits randomLimits() {
    return new RaftLimits(
        1_000,
        300 + random.nextInt(5_000),
        100 + random.nextInt(2_000),
        100 + random.nextInt(2_000),
        4_000 + random.nextInt(10_000),
        random.nextInt(3_000),
        60 + random.nextInt(1_000),
        100 + random.nextInt(3_000),
        1 + random.nextInt(20),
        50);
  }

  private SimMember member(long id, SimDisk disk) {
    return new SimMember(id, this, disk, limits, random.split());
  }

  void at(long delay, Runnable run) {
    queue.add(new Event(now + delay, sequence++, run));
  }

  void count(String what) {
    counts.merge(what, 1, Integer::sum);
  }

  /** Runs that many events, doing something random between them. */
  void run(int howMany, Runnable between) {
    for (long until = events + howMany; events < until; events++) {
      Event next = queue.remove();
      now = next.due;
      next.run.run();
      between.run();
    }
  }

  void send(Message message) {
    if (random.nextInt(100) < lossPercent) {
      count("lost");
      return;
    }
    deliverLater(message);
    if (random.nextInt(100) < doublePercent) {
      deliverLater(message);
    }
  }

  private void deliverLater(Message message) {
    at(
        random.nextInt(maxDelay),
        () -> {
          SimMember to = members.get(message.to());
          if (to != null && to.up && to.pausedUntil > now) {
            at(to.pausedUntil - now, () -> deliver(message));
            return;
          }
          deliver(message);
        });
  }

  private void deliver(Message message) {
    SimMember to = members.get(message.to());
    if (to == null || !to.up || cut.contains(new EntryId(message.from(), message.to()))) {
      SimMember from = members.get(message.from());
      if (from != null && from.up && random.nextInt(4) == 0) {
        from.raft.reportUnreachable(message.to());
        from.turn();
      }
      return;
    }
    // As the peer's side does: those who were removed are not heard (R17).
    if (!removed.contains(message.from())) {
      count(message.kind().name());
      to.receive(message);
    }
  }

  // Faults.

  /** Cuts two groups from each other for a while; sometimes one way only. */
  void partition() {
    count("partition");
    at(500 + random.nextInt(5_000), this::healNetwork);
    Set<Long> side = new HashSet<>();
    for (long id : members.keySet()) {
      if (random.nextBoolean()) {
        side.add(id);
      }
    }
    boolean oneWay = random.nextInt(3) == 0;
    for (long from : members.keySet()) {
      for (long to : members.keySet()) {
        if (side.contains(from) && !side.contains(to)) {
          cut.add(new EntryId(from, to));
          if (!oneWay) {
            cut.add(new EntryId(to, from));
          }
        }
      }
    }
  }

  void healNetwork() {
    cut.clear();
  }

  /** A member dies, and comes back some time later. */
  void crash(SimMember member) {
    if (!member.up) {
      return;
    }
    count("crash");
    member.crash();
    at(
        random.nextInt(4_000),
        () -> {
          if (!member.up && members.containsValue(member)) {
            member.start();
          }
        });
  }

  /** A member stands still, then goes on as if nothing had been; what was sent to it arrives. */
  void pause(SimMember member) {
    if (member.up && member.pausedUntil <= now) {
      count("pause");
      member.pausedUntil = now + 200 + random.nextInt(5_000);
      // Whoever is served first after the pause is served by a member that has heard nothing yet.
      member.later(0, member::read);
    }
  }

  SimMember any() {
    List<SimMember> all = new ArrayList<>(members.values());
    return all.get(random.nextInt(all.size()));
  }

  // Membership. Who was removed goes for good, and takes its disk along.

  /** Asks any member for a random change; names of new members were never used before. */
  void change() {
    SimMember asked = any();
    if (!asked.up) {
      return;
    }
    Configuration now = asked.raft.configuration();
    List<ConfigChange.Step> steps = new ArrayList<>();
    for (int i = random.nextInt(3) == 0 ? 2 : 1; i > 0; i--) {
      steps.add(step(now));
    }
    byte[] context = {(byte) random.nextInt(8)};
    asked.raft.proposeConfChange(new ConfigChange(steps, context));
    asked.turn();
  }

  private ConfigChange.Step step(Configuration now) {
    List<Long> known = now.members();
    long some = known.get(random.nextInt(known.size()));
    if (known.size() < 5 && members.size() < 8 && random.nextBoolean()) {
      long id = nextId++;
      MachineState empty = new MachineState(EntryId.ZERO, 0, now);
      SimMember fresh = member(id, new SimDisk(HardState.NONE, empty));
      members.put(id, fresh);
      fresh.start();
      return new ConfigChange.Step(
          random.nextInt(3) > 0 ? ConfigChange.Kind.ADD_LEARNER : ConfigChange.Kind.ADD_VOTER, id);
    }
    if (now.isLearner(some)) {
      return new ConfigChange.Step(ConfigChange.Kind.ADD_VOTER, some);
    }
    boolean demote = random.nextInt(4) == 0;
    return new ConfigChange.Step(
        demote ? ConfigChange.Kind.ADD_LEARNER : ConfigChange.Kind.REMOVE, some);
  }

  /** Some changes are refused by the machine, alike everywhere: it goes by the entry's bytes. */
  boolean accepts(Entry entry) {
    ConfigChange change = java.util.Objects.requireNonNull(ConfigChange.decode(entry.data()));
    return change.isLeave() || change.context()[0] != 0;
  }

  /**
   * Takes away members that are not in the configuration any more, once everybody who remains has
   * heard of it: until then the old configuration may still need their votes, since a change takes
   * effect when it is applied.
   */
  void bury() {
    SimMember newest = members.firstEntry().getValue();
    for (SimMember member : members.values()) {
      if (member.up && member.machine.last().index() > newest.machine.last().index()) {
        newest = member;
      }
    }
    Configuration configuration = newest.machine.configuration();
    for (long id : configuration.members()) {
      SimMember member = members.get(id);
      if (member != null && !member.machine.configuration().equals(configuration)) {
        return;
      }
    }
    for (SimMember member : List.copyOf(members.values())) {
      if (!configuration.contains(member.id)) {
        member.up = false;
        removed.add(member.id);
        members.remove(member.id);
      }
    }
  }
}
