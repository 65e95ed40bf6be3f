package io.mooring.peer;

import io.mooring.api.internalpb.ClusterDescription;
import io.mooring.api.internalpb.LeaderAnswer;
import io.mooring.api.internalpb.LeaderAsk;
import io.mooring.loop.VertxLoop;
import io.mooring.raft.core.Message;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServer;
import io.vertx.core.internal.VertxInternal;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

/** Members' networks in one process, over real connections on free ports. */
final class PeerWorld implements AutoCloseable {

  static final long CLUSTER = 0xC1;

  private static final long MILLISECOND = 1_000_000;

  /** Times short enough for a test that waits for silence to be noticed. */
  static final PeerConfig CONFIG =
      new PeerConfig(
          8 << 20,
          1 << 20,
          4 << 20,
          3_000 * MILLISECOND,
          50 * MILLISECOND,
          400 * MILLISECOND,
          5 * MILLISECOND,
          50 * MILLISECOND,
          1_000 * MILLISECOND);

  final Vertx vertx = Vertx.vertx();
  final Answers answers = new Answers();
  private final List<One> members = new ArrayList<>();

  /** One member's end. */
  @SuppressWarnings("NullAway.Init") // the port comes first
  final class One implements PeerEvents {
    final ConcurrentLinkedQueue<Message> received = new ConcurrentLinkedQueue<>();
    final ConcurrentLinkedQueue<Long> unreachable = new ConcurrentLinkedQueue<>();
    final AtomicBoolean toldRemoved = new AtomicBoolean();
    final AtomicBoolean full = new AtomicBoolean();
    final long id;
    final VertxLoop loop;
    PeerNetwork network;
    private HttpServer server;
    private int port;

    One(long clusterId, long id) {
      this.id = id;
      loop = new VertxLoop(((VertxInternal) vertx).createEventLoopContext());
      listen();
      PeerIdentity self =
          new PeerIdentity(clusterId, id, "test", members.size() + 1, List.of(url()));
      network = new PeerNetwork(loop, vertx, self, CONFIG, this, answers, id);
    }

    /** Binds the listener again on the same port. */
    void listen() {
      Future<HttpServer> listening =
          Future.future(
              bound ->
                  loop.execute(
                      () ->
                          vertx
                              .createHttpServer()
                              .requestHandler(request -> network.endpoint().handle(request))
                              .listen(port, "127.0.0.1")
                              .onComplete(bound)));
      server = await(listening);
      port = server.actualPort();
    }

    /** Takes the listener away, and every connection with it. */
    void deafen() {
      await(server.close());
    }

    URI url() {
      return URI.create("http://127.0.0.1:" + port);
    }

    void send(Message... messages) {
      network.send(List.of(messages));
    }

    @Override
    public boolean received(List<Message> messages, long bytes) {
      return !full.get() && received.addAll(messages);
    }

    @Override
    public void unreachable(long memberId) {
      unreachable.add(memberId);
    }

    @Override
    public void removed() {
      toldRemoved.set(true);
    }
  }

  /** Says who it was asked for. */
  static final class Answers implements PeerAnswers {
    volatile long deadlineNs;

    @Override
    public ClusterDescription describe() {
      return ClusterDescription.newBuilder().setClusterId(CLUSTER).build();
    }

    @Override
    public Future<LeaderAnswer> answer(LeaderAsk ask, long deadlineNs) {
      this.deadlineNs = deadlineNs;
      return Future.succeededFuture(
          LeaderAnswer.newBuilder()
              .setRest(LeaderAnswer.Rest.newBuilder().setRemainingNs(ask.getRestOfLease().getId()))
              .build());
    }
  }

  One member(long id) {
    return member(CLUSTER, id);
  }

  One member(long clusterId, long id) {
    One made = new One(clusterId, id);
    members.add(made);
    return made;
  }

  /** Tells everybody about everybody. */
  void introduce(One... all) {
    Map<Long, List<URI>> urls = new java.util.HashMap<>();
    for (One one : all) {
      urls.put(one.id, List.of(one.url()));
    }
    for (One one : all) {
      one.network.update(new PeerBook(urls, Set.of()));
    }
  }

  static <T> T await(Future<T> future) {
    try {
      return future.toCompletionStage().toCompletableFuture().get(20, TimeUnit.SECONDS);
    } catch (Exception failed) {
      throw new AssertionError(failed);
    }
  }

  @Override
  public void close() {
    for (One one : members) {
      await(one.network.close());
    }
    await(vertx.close());
  }
}
