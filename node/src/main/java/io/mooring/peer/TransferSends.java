package io.mooring.peer;

import io.mooring.loop.Loop;
import io.vertx.grpc.client.GrpcClient;
import java.net.URI;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.function.LongFunction;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The transfers to other members: one to each at a time, few in all, the others wait. What has
 * failed is told after a pause, since consensus then asks again with the next heartbeat: a member
 * whose disk is full must not be sent states all the time. Confined to the peer loop.
 */
final class TransferSends {

  /** Each holds a snapshot of the engine open, and takes its share of disk and network. */
  static final int MAX_RUNNING = 2;

  /** The longest pause, in silences of a link: half a minute in production. */
  private static final int MAX_PAUSE = 16;

  private final Loop loop;
  private final PeerIdentity self;
  private final PeerConfig config;
  private final Supplier<GrpcClient> clients;
  private final LongFunction<PeerMeter> meters;
  private final Random random;
  private final Map<Long, TransferSend> running = new HashMap<>();
  private final ArrayDeque<Wanted> waiting = new ArrayDeque<>();

  /** Those that have failed, and whose end is not told yet. */
  private final Map<Long, Wanted> pausing = new HashMap<>();

  /** Of members to whom the last one failed. */
  private final Map<Long, Backoff> backoffs = new HashMap<>();

  private boolean closed;

  /** At most one for each member: the core asks again only when one has ended. */
  private record Wanted(
      long memberId, long term, List<URI> urls, TransferSource source, Runnable ended) {}

  TransferSends(
      Loop loop,
      PeerIdentity self,
      PeerConfig config,
      Supplier<GrpcClient> clients,
      LongFunction<PeerMeter> meters,
      Random random) {
    this.loop = loop;
    this.self = self;
    this.config = config;
    this.clients = clients;
    this.meters = meters;
    this.random = random;
  }

  /**
   * Sends the state to a member, in its turn.
   *
   * @param urls null when the member is unknown
   * @param ended called once, unless a newer one to the same member takes its place; after a pause
   *     when it failed, the longer the more often it did
   */
  void send(
      long memberId, long term, @Nullable List<URI> urls, TransferSource source, Runnable ended) {
    if (closed || urls == null) {
      ended.run();
      return;
    }
    // What was begun before is of an earlier leadership, or of no use to the member any more.
    drop(memberId, "a newer one takes its place");
    waiting.add(new Wanted(memberId, term, urls, source, ended));
    next();
  }

  /** Ends what is for members that are gone. */
  void keep(Set<Long> members) {
    Set<Long> gone = new HashSet<>(running.keySet());
    waiting.forEach(wanted -> gone.add(wanted.memberId));
    gone.addAll(pausing.keySet());
    gone.removeAll(members);
    backoffs.keySet().retainAll(members);
    gone.forEach(memberId -> drop(memberId, "it is no member any more"));
    next();
  }

  /** Ends all of them. What wanted them is gone, and does not hear of it. */
  void cancel(String why) {
    waiting.clear();
    pausing.clear();
    backoffs.clear();
    running.values().forEach(sent -> sent.cancel(why));
    running.clear();
  }

  void close() {
    closed = true;
    cancel("this member stops");
  }

  private void drop(long memberId, String why) {
    waiting.removeIf(wanted -> wanted.memberId == memberId);
    pausing.remove(memberId);
    TransferSend sent = running.remove(memberId);
    if (sent != null) {
      sent.cancel(why);
    }
  }

  private void next() {
    while (!closed && running.size() < MAX_RUNNING && !waiting.isEmpty()) {
      Wanted wanted = waiting.remove();
      long memberId = wanted.memberId;
      TransferSend made =
          new TransferSend(
              loop,
              self,
              config,
              memberId,
              wanted.term,
              meters.apply(memberId).statesSent(),
              clients.get(),
              well -> ended(wanted, well));
      running.put(memberId, made);
      made.start(wanted.source, wanted.urls);
    }
  }

  private void ended(Wanted wanted, boolean well) {
    long memberId = wanted.memberId;
    running.remove(memberId);
    if (well) {
      backoffs.remove(memberId);
      wanted.ended.run();
    } else {
      pausing.put(memberId, wanted);
      long pauseNs = backoffs.computeIfAbsent(memberId, id -> backoff()).next();
      loop.timer(pauseNs, () -> tellEnd(wanted));
    }
    next();
  }

  private void tellEnd(Wanted wanted) {
    if (pausing.remove(wanted.memberId, wanted)) {
      wanted.ended.run();
    }
  }

  private Backoff backoff() {
    return new Backoff(config.silenceNs(), MAX_PAUSE * config.silenceNs(), random);
  }
}
