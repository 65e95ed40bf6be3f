package io.mooring.it.cluster;

import io.mooring.it.cluster.TcpProxy.Route;
import java.net.Socket;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/**
 * The network between members: a proxy in front of each member's peer port, and a link for each
 * ordered pair. Whoever opened a connection, bytes of member a to member b pass link a to b.
 * Members are named by their number.
 */
public final class PeerNet implements AutoCloseable {

  /** An ordered pair of members. */
  private record Pair(int from, int to) {}

  private final Map<Pair, Link> links = new HashMap<>();
  private final List<TcpProxy> proxies = new ArrayList<>();
  private final Supplier<List<Long>> pids;
  private final Link outside = new Link();

  /**
   * A network without members.
   *
   * @param pids of the members' processes by number, 0 for one that does not run
   */
  PeerNet(Supplier<List<Long>> pids) {
    this.pids = pids;
  }

  /** Adds the next member and returns the port by which the others reach it. */
  synchronized int add(int peerPort) {
    int member = proxies.size();
    TcpProxy proxy = new TcpProxy(peerPort, socket -> route(socket, member));
    proxies.add(proxy);
    return proxy.port();
  }

  /** Gives a member another port to be reached by; the one before is closed. */
  synchronized int move(int member, int peerPort) {
    proxies.get(member).close();
    TcpProxy proxy = new TcpProxy(peerPort, socket -> route(socket, member));
    proxies.set(member, proxy);
    return proxy.port();
  }

  /** Refuses what others open to a member, or takes it again; what it opens passes. */
  synchronized void refuse(int member, boolean now) {
    proxies.get(member).refuse(now);
  }

  /** Cuts what one member sends to another; the way back stays open. */
  public void cutOneWay(int from, int to) {
    link(from, to).cut();
  }

  /** Cuts both ways between two members. */
  public void cut(int a, int b) {
    cutOneWay(a, b);
    cutOneWay(b, a);
  }

  /** Cuts a member off from all others. */
  public void isolate(int member) {
    for (int other : others(member)) {
      cut(member, other);
    }
  }

  /** Members still hear this one, but it hears nobody. */
  public void deafen(int member) {
    for (int other : others(member)) {
      cutOneWay(other, member);
    }
  }

  /** This member still hears the others, but nobody hears it. */
  public void mute(int member) {
    for (int other : others(member)) {
      cutOneWay(member, other);
    }
  }

  /** Slows what one member sends to another. */
  public void delay(int from, int to, long millis) {
    link(from, to).delay(millis);
  }

  /**
   * Mends everything.
   *
   * @param deliverHeld whether what was held arrives now, as after a short fault; otherwise
   *     connections that were cut end, as after a long one
   */
  public synchronized void heal(boolean deliverHeld) {
    if (!deliverHeld) {
      proxies.forEach(proxy -> proxy.reset(route -> route.forth().isCut() || route.back().isCut()));
    }
    links.values().forEach(Link::heal);
  }

  /** Ends all connections of a member to others and back. */
  public synchronized void reset(int member) {
    List<Link> own =
        others(member).stream()
            .flatMap(other -> List.of(link(member, other), link(other, member)).stream())
            .toList();
    proxies.forEach(
        proxy -> proxy.reset(route -> own.contains(route.forth()) || own.contains(route.back())));
  }

  /** Bytes that went from one member to another so far. */
  public long passedBytes(int from, int to) {
    return link(from, to).passedBytes();
  }

  /** Bytes that went between a member and all others, both ways. */
  public long passedBytes(int member) {
    return others(member).stream()
        .mapToLong(other -> passedBytes(member, other) + passedBytes(other, member))
        .sum();
  }

  @Override
  public synchronized void close() {
    proxies.forEach(TcpProxy::close);
    links.values().forEach(Link::heal);
  }

  private Route route(Socket accepted, int to) {
    int from = SocketOwner.find(accepted.getPort(), pids.get());
    return from < 0 ? new Route(outside, outside) : new Route(link(from, to), link(to, from));
  }

  private synchronized Link link(int from, int to) {
    return links.computeIfAbsent(new Pair(from, to), pair -> new Link());
  }

  private synchronized List<Integer> others(int member) {
    List<Integer> others = new ArrayList<>();
    for (int i = 0; i < proxies.size(); i++) {
      if (i != member) {
        others.add(i);
      }
    }
    return others;
  }
}
