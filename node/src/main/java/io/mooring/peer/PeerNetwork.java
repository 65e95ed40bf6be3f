package io.mooring.peer;

import io.mooring.api.internalpb.LeaderAnswer;
import io.mooring.api.internalpb.LeaderAsk;
import io.mooring.loop.Loop;
import io.mooring.loop.Mailbox;
import io.mooring.loop.VertxLoop;
import io.mooring.raft.core.Message;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.net.URI;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The streams to all other members. Who they are comes from the replicated membership alone, by
 * {@link #update}; a link is opened for each that is new and closed for each that is gone.
 *
 * <p>A member that joins hears from its leader before its own table has any other members; it could
 * not answer. So one that greets is a guest: it has a link, too, until the table says that it was
 * removed. That it is of this cluster and means this member has been checked. It stays a guest
 * while it is known: the table of a member that joins begins with the cluster's founders, and may
 * know fewer than those who told it whom to join.
 */
public final class PeerNetwork {

  /** Turns of messages that may wait for the peer loop; each is what one turn of consensus made. */
  private static final int MAILBOX_TURNS = 4_096;

  /** More than a cluster has members. */
  private static final int MAX_GUESTS = 32;

  private final VertxLoop loop;
  private final Vertx vertx;
  private final PeerIdentity self;
  private final PeerConfig config;
  private final PeerEvents events;
  private final Random random;
  private final Mailbox<List<Message>> outgoing;
  private final PeerEndpoint endpoint;
  private final PeerCalls calls;

  /** Changed on the peer loop only; read by any thread. */
  private final Map<Long, PeerLink> links = new ConcurrentHashMap<>();

  private final Map<Long, PeerMeter> meters = new ConcurrentHashMap<>();

  private final Map<Long, List<URI>> guests = new HashMap<>();
  private final TransferSends transfers;

  private volatile PeerBook book = PeerBook.EMPTY;
  private boolean closed;

  /**
   * Creates a network without links.
   *
   * @param loop the peer loop
   * @param answers to questions of other members
   * @param seed spreads the attempts to connect
   */
  public PeerNetwork(
      VertxLoop loop,
      Vertx vertx,
      PeerIdentity self,
      PeerConfig config,
      PeerEvents events,
      PeerAnswers answers,
      long seed) {
    this.loop = loop;
    this.vertx = vertx;
    this.self = self;
    this.config = config;
    this.events = events;
    this.random = new Random(seed);
    this.outgoing = new Mailbox<>(loop, MAILBOX_TURNS, this::deliver);
    this.calls = new PeerCalls(loop, vertx, self, config);
    this.transfers =
        new TransferSends(
            loop, self, config, () -> PeerClients.of(vertx, config), this::meter, random);
    this.endpoint =
        new PeerEndpoint(
            loop, vertx, self, config, events, answers, this::greeted, this::meter, () -> book);
  }

  /** Takes the streams of others; to be bound to the peer URLs on the peer loop. */
  public PeerEndpoint endpoint() {
    return endpoint;
  }

  /**
   * Sends what one turn made, in order. Any thread; never blocks. What cannot be sent is dropped,
   * and {@link PeerEvents#unreachable} says so.
   */
  public void send(List<Message> messages) {
    if (!messages.isEmpty() && !outgoing.offer(messages)) {
      loop.execute(() -> messages.forEach(lost -> events.unreachable(lost.to())));
    }
  }

  /**
   * Sends this member's state to another, when its turn comes. Any thread; never blocks.
   *
   * @param term in which this member leads
   * @param ended called on the peer loop when it has ended, well or not, unless the member is gone
   *     or a newer transfer to it has taken its place
   */
  public void sendState(long memberId, long term, TransferSource source, Runnable ended) {
    loop.execute(() -> transfers.send(memberId, term, book.urls().get(memberId), source, ended));
  }

  /** Stops sending states to anybody; nobody hears of the end. Any thread; never blocks. */
  public void cancelStates(String why) {
    loop.execute(() -> transfers.cancel(why));
  }

  /** Takes the states that others send. Before anything is bound or connected. */
  public void receiveStates(TransferSink sink) {
    endpoint.receiveStates(loop, sink);
  }

  /** Takes the members as they are now. Any thread; the last call wins. */
  public void update(PeerBook now) {
    book = now;
    loop.execute(this::relink);
  }

  /** What is counted of each member that was known or heard since the start. Any thread. */
  public Map<Long, PeerMeter> meters() {
    return Collections.unmodifiableMap(meters);
  }

  private PeerMeter meter(long memberId) {
    return meters.computeIfAbsent(memberId, id -> new PeerMeter());
  }

  /**
   * Asks another member what only a leader knows. Any thread.
   *
   * @param caller where the future resumes
   * @param ask without its greeting
   * @return fails when the member is not known, does not answer in time, or is no member for whom
   *     this one should ask
   */
  public Future<LeaderAnswer> ask(Loop caller, long memberId, LeaderAsk ask, long timeoutNs) {
    Promise<LeaderAnswer> answer = caller.promise();
    loop.execute(
        () -> {
          List<URI> urls = book.urls().get(memberId);
          Future<LeaderAnswer> asked =
              urls == null || closed
                  ? Future.failedFuture(new PeerLostException("nobody to ask"))
                  : calls.ask(memberId, urls, ask, timeoutNs);
          asked.onComplete(answer);
        });
    return answer.future();
  }

  /**
   * Since when a member has been connected without a break, in nanoseconds until now; negative when
   * it is not. Any thread.
   */
  public long connectedForNs(long memberId) {
    PeerLink link = links.get(memberId);
    long since = link == null ? 0 : link.openSinceNs();
    return since == 0 ? -1 : Math.max(0, loop.nowNs() - since);
  }

  /** Closes every link. Any thread. */
  public Future<Void> close() {
    Promise<Void> done = loop.promise();
    loop.execute(
        () -> {
          closed = true;
          links.values().forEach(PeerLink::close);
          links.clear();
          calls.close();
          transfers.close();
          done.complete();
        });
    return done.future();
  }

  private void deliver(List<List<Message>> turns) {
    Set<PeerLink> touched = new HashSet<>();
    for (List<Message> turn : turns) {
      for (Message message : turn) {
        PeerLink link = links.get(message.to());
        if (link == null) {
          events.unreachable(message.to());
        } else {
          link.send(message);
          touched.add(link);
        }
      }
    }
    touched.forEach(PeerLink::flush);
  }

  private void greeted(long memberId, List<String> peerUrls) {
    List<URI> urls = PeerBook.reachable(peerUrls);
    boolean room = guests.containsKey(memberId) || guests.size() < MAX_GUESTS;
    if (!urls.isEmpty() && room && !urls.equals(guests.put(memberId, urls))) {
      relink();
    }
  }

  private void relink() {
    if (closed) {
      return;
    }
    PeerBook now = book;
    guests.keySet().removeAll(now.removed());
    Map<Long, List<URI>> wanted = new HashMap<>(guests);
    wanted.putAll(now.urls());
    transfers.keep(wanted.keySet());
    links
        .entrySet()
        .removeIf(
            link -> {
              boolean gone = !wanted.containsKey(link.getKey());
              if (gone) {
                link.getValue().close();
              }
              return gone;
            });
    wanted.forEach(
        (memberId, urls) -> {
          PeerLink link = links.get(memberId);
          if (link != null) {
            link.urls(urls);
          } else if (memberId != self.memberId()) {
            PeerLink made =
                new PeerLink(
                    loop, vertx, self, memberId, urls, config, events, meter(memberId), random);
            links.put(memberId, made);
            made.start();
          }
        });
  }
}
