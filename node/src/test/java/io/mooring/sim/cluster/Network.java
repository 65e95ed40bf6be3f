package io.mooring.sim.cluster;

import io.mooring.peer.TransferSource;
import io.mooring.raft.core.Message;
import io.mooring.sim.SimScheduler.SimLoop;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;

/** What lies between members: it loses, doubles, delays, parts, and carries whole states. */
final class Network {

  private final World world;
  private final SplittableRandom random;
  private final SimLoop wire;
  private final Set<Link> cut = new HashSet<>();
  private final Map<Link, Long> lastArrivalNs = new HashMap<>();
  private final List<Transmission> transmissions = new ArrayList<>();
  private boolean calm;

  /** One direction between two members. */
  record Link(long from, long to) {}

  Network(World world) {
    this.world = world;
    this.random = world.random.split();
    this.wire = world.scheduler.loop("network");
  }

  void send(Message message) {
    if (percent(world.settings.lossPercent())) {
      world.count("lost");
      unreachable(message);
      return;
    }
    deliverLater(message);
    // A stream between members never doubles; what does is a member that sends again, and it never
    // sends a proposal again (a doubled one would be written twice).
    boolean again = message.kind() != Message.Kind.PROPOSE;
    if (again && percent(world.settings.doublePercent())) {
      world.count("doubled");
      deliverLater(message);
    }
  }

  private boolean percent(int chance) {
    return !calm && random.nextInt(100) < chance;
  }

  private void deliverLater(Message message) {
    Link link = new Link(message.from(), message.to());
    long arrivesNs = world.nowNs() + 1 + random.nextLong(world.settings.delayNs());
    if (!world.settings.reorders()) {
      arrivesNs = Math.max(arrivesNs, lastArrivalNs.getOrDefault(link, 0L));
      lastArrivalNs.put(link, arrivesNs);
    }
    wire.timer(arrivesNs - world.nowNs(), () -> arrive(link, message));
  }

  private void arrive(Link link, Message message) {
    Member to = world.member(link.to());
    Life life = to == null ? null : to.life();
    if (life == null || cut.contains(link)) {
      unreachable(message);
      return;
    }
    // As the peer's side does: those who were removed are not heard (R17).
    if (life.apply.view().members().wasRemoved(link.from())) {
      return;
    }
    world.trace.note(world.nowNs(), message.kind().name(), link.from(), link.to(), message.term());
    boolean ignored = life.raft.received(List.of(message), message.sizeBytes());
  }

  private void unreachable(Message message) {
    Member from = world.member(message.from());
    Life life = from == null ? null : from.life();
    if (life != null && life.raft != null && random.nextInt(4) == 0) {
      life.raft.unreachable(message.to());
    }
  }

  // Whole states.

  void carry(Life from, long to, long term, TransferSource source) {
    world.count("transfer");
    Transmission made = new Transmission(this, from, to, term, source);
    transmissions.add(made);
    made.begin();
  }

  /** Brings something to the other end of a connection; a link that is cut breaks it. */
  void cross(Transmission connection, Life from, Life to, Runnable task) {
    Link link = new Link(from.member.id, to.member.id);
    wire.timer(
        1 + random.nextLong(world.settings.delayNs()),
        () -> {
          if (cut.contains(link) || percent(world.settings.lossPercent() / 4)) {
            connection.fail();
          } else {
            to.peerLoop.execute(task);
          }
        });
  }

  /** A member that leads no more stops sending; it does not hear of these ends. */
  void cancelSends(Life life) {
    life.peerLoop.execute(
        () ->
            List.copyOf(transmissions).stream()
                .filter(each -> each.isOf(life))
                .forEach(Transmission::cancel));
  }

  /** Whether a receiver finds no room for a state. */
  boolean diskIsFull() {
    boolean full = !calm && random.nextInt(10) == 0;
    if (full) {
      world.count("no room for a state");
    }
    return full;
  }

  boolean damages() {
    return !calm && random.nextInt(200) == 0;
  }

  void ended(Transmission connection) {
    transmissions.remove(connection);
  }

  /** Connections to and from a process break with it. */
  void died(Member member) {
    List.copyOf(transmissions).forEach(each -> each.died(member));
  }

  boolean receives(Member member) {
    return transmissions.stream().anyMatch(each -> each.isTo(member));
  }

  boolean sends(Member member) {
    return transmissions.stream().anyMatch(each -> each.isFrom(member));
  }

  World world() {
    return world;
  }

  // Faults.

  /** Cuts one member off from all others. */
  void isolate(Member one) {
    for (Member other : world.members()) {
      if (other != one) {
        cut(one, other, false);
      }
    }
  }

  /** Parts the members in two; sometimes only one way, sometimes one link only. */
  void part() {
    List<Member> all = world.members();
    boolean oneWay = random.nextInt(3) == 0;
    if (random.nextInt(4) == 0) {
      cut(all.get(random.nextInt(all.size())), all.get(random.nextInt(all.size())), oneWay);
      return;
    }
    Set<Long> side = new HashSet<>();
    all.stream().filter(member -> random.nextBoolean()).forEach(member -> side.add(member.id));
    for (Member from : all) {
      for (Member to : all) {
        if (side.contains(from.id) && !side.contains(to.id)) {
          cut(from, to, oneWay);
        }
      }
    }
  }

  private void cut(Member from, Member to, boolean oneWay) {
    world.trace.note(world.nowNs(), oneWay ? "cut one way" : "cut", from.id, to.id, 0);
    cut.add(new Link(from.id, to.id));
    if (!oneWay) {
      cut.add(new Link(to.id, from.id));
    }
  }

  void heal() {
    cut.clear();
  }

  /** From now on nothing is lost, doubled or cut. */
  void calm() {
    calm = true;
    cut.clear();
  }

  boolean isCut(long from, long to) {
    return cut.contains(new Link(from, to)) || cut.contains(new Link(to, from));
  }
}
