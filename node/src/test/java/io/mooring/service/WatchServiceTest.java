package io.mooring.service;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import io.mooring.api.etcdserverpb.WatchCreateRequest;
import io.mooring.api.etcdserverpb.WatchRequest;
import io.mooring.api.etcdserverpb.WatchResponse;
import io.mooring.api.internalpb.Command;
import io.mooring.api.mvccpb.Event;
import io.mooring.api.testing.Covers;
import io.mooring.error.EtcdError;
import io.mooring.error.ServerError;
import io.mooring.loop.Loop;
import io.mooring.machine.Outcome;
import io.mooring.machine.View;
import io.mooring.raft.Consensus;
import io.mooring.raft.RaftStatus;
import io.mooring.watch.HubWorld;
import io.mooring.watch.WatchLimits;
import io.vertx.core.Future;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the Watch service adds to the hub: bounds of a stream's queue, and its need of a leader. */
class WatchServiceTest {

  private static final long LOOK_NS = TimeUnit.SECONDS.toNanos(1);
  private static final int QUEUE = 16;

  @TempDir Path directory;

  @SuppressWarnings("NullAway.Init") // set before each
  private HubWorld world;

  private long leader = 1;

  @BeforeEach
  void start() {
    world = new HubWorld(7, directory, WatchLimits.of(1, 1 << 20, 600 * LOOK_NS));
    world.compacts = false;
  }

  private WatchService service(WatchService.Bounds bounds) {
    return new WatchService(new Status(), world.hub, bounds);
  }

  private WatchService service() {
    return service(new WatchService.Bounds(QUEUE, 8 << 20, 64 << 20, LOOK_NS));
  }

  private final class Status implements Consensus {
    @Override
    public Future<Outcome> propose(Loop loop, Command command, long deadlineNs) {
      throw new AssertionError("a watch proposes nothing");
    }

    @Override
    public boolean backlogged() {
      return false;
    }

    @Override
    public Future<View> linearizable(Loop loop, long deadlineNs) {
      throw new AssertionError("a watch is served from what is here");
    }

    @Override
    public View view() {
      return world.view();
    }

    @Override
    public RaftStatus status() {
      return new RaftStatus(1, leader, 0, 0, 0, 0);
    }
  }

  /** A client that reads when the test says so. */
  private final class Client implements ReplyStream {
    private final ArrayDeque<Payload> queue = new ArrayDeque<>();
    private final List<WatchResponse> read = new ArrayList<>();
    private final RequestHandler<WatchRequest> requests;
    private Runnable onClose = () -> {};
    private boolean closed;
    private boolean paused;
    private @Nullable EtcdError failure;

    Client(WatchService service, boolean requireLeader) {
      CallContext context =
          CallContext.arriving(world.client, CallContext.NO_DEADLINE, null, requireLeader);
      requests = service.watch(context, this);
    }

    void watchAll(long start) {
      ask(
          WatchRequest.newBuilder()
              .setCreateRequest(
                  WatchCreateRequest.newBuilder()
                      .setRangeEnd(ByteString.copyFrom(new byte[1]))
                      .setStartRevision(start))
              .build());
    }

    void ask(WatchRequest request) {
      world.client.execute(() -> requests.onRequest(request));
      world.sim.runReady();
    }

    void read(int count) {
      for (int i = 0; i < count && !queue.isEmpty(); i++) {
        Payload payload = queue.remove();
        try {
          read.add(
              WatchResponse.parseFrom(Objects.requireNonNull(payload.encoded()).toByteArray()));
        } catch (InvalidProtocolBufferException e) {
          throw new AssertionError(e);
        }
        payload.release();
      }
      world.sim.runReady();
    }

    void readAll() {
      while (!queue.isEmpty()) {
        read(queue.size());
      }
    }

    List<Event> events() {
      return read.stream().flatMap(response -> response.getEventsList().stream()).toList();
    }

    void close() {
      world.client.execute(
          () -> {
            closed = true;
            queue.forEach(Payload::release);
            queue.clear();
            onClose.run();
          });
      world.sim.runReady();
    }

    @Override
    public boolean full() {
      return false; // the transport takes everything: only the service's own bounds work
    }

    @Override
    public void send(Payload payload) {
      assertThat(closed).isFalse();
      queue.add(payload);
    }

    @Override
    public void onDrain(Runnable action) {}

    @Override
    public void onClose(Runnable action) {
      onClose = action;
    }

    @Override
    public boolean isClosed() {
      return closed;
    }

    @Override
    public void end() {
      throw new AssertionError("a watch does not end well by itself");
    }

    @Override
    public void fail(EtcdError error) {
      failure = error;
      closed = true;
      onClose.run();
    }

    @Override
    public void fail(Throwable cause) {
      throw new AssertionError(cause);
    }

    @Override
    public void pauseRequests() {
      paused = true;
    }

    @Override
    public void resumeRequests() {
      paused = false;
    }
  }

  private Client client(WatchService service, boolean requireLeader) {
    Client[] made = new Client[1];
    world.client.execute(() -> made[0] = new Client(service, requireLeader));
    world.sim.runReady();
    return made[0];
  }

  private void write(int batches) {
    for (int i = 0; i < batches; i++) {
      world.apply.execute(() -> world.writeBatch(1, 4));
      world.sim.runReady();
    }
  }

  @Test
  @Covers({"O1", "W5"})
  void aClientThatDoesNotReadHasABoundedQueueAndMissesNothing() {
    WatchService service = service();
    Client slow = client(service, false);
    Client fast = client(service, false);
    slow.watchAll(1);
    fast.watchAll(1);
    for (int i = 0; i < 100; i++) {
      write(5);
      fast.readAll();
      assertThat(slow.queue).hasSizeLessThanOrEqualTo(QUEUE + 1);
    }
    assertThat(service.queuedBytes()).isPositive();
    slow.readAll();
    world.sim.advance(LOOK_NS);
    slow.readAll();
    assertThat(slow.events()).isEqualTo(world.events()).isEqualTo(fast.events());
    assertThat(service.queuedBytes()).isZero();
  }

  @Test
  @Covers("O1")
  void allStreamsTogetherAreBoundedInBytes() {
    long total = 1 << 20;
    WatchService service =
        service(new WatchService.Bounds(Integer.MAX_VALUE, Long.MAX_VALUE, total, LOOK_NS));
    List<Client> clients = new ArrayList<>();
    for (int i = 0; i < 50; i++) {
      Client client = client(service, false);
      client.watchAll(1);
      clients.add(client);
    }
    for (int i = 0; i < 1_000; i++) {
      world.apply.execute(() -> world.writeBatch(10, 4));
      world.sim.runReady();
    }
    // Each may keep a little of its own, and the response that went over.
    assertThat(service.queuedBytes()).isBetween(total / 2, total + clients.size() * (160L << 10));
    clients.get(0).close();
    for (Client client : clients.subList(1, clients.size())) {
      client.readAll();
      world.sim.advance(LOOK_NS);
      client.readAll();
    }
    for (Client client : clients.subList(1, clients.size())) {
      client.readAll();
      assertThat(client.events()).isEqualTo(world.events());
    }
    assertThat(service.queuedBytes()).isZero();
  }

  @Test
  void aClientThatOnlyAsksIsNotReadOn() {
    Client client = client(service(), false);
    for (int i = 0; i < QUEUE; i++) {
      assertThat(client.paused).isFalse();
      client.watchAll(0);
    }
    assertThat(client.paused).isTrue();
    client.readAll();
    assertThat(client.paused).isFalse();
    assertThat(client.read).hasSize(QUEUE).allMatch(WatchResponse::getCreated);
  }

  @Test
  void aClosedStreamLeavesNothingBehind() {
    WatchService service = service();
    Client client = client(service, true);
    client.watchAll(0);
    write(3);
    assertThat(world.hub.watcherCount()).isOne();
    client.close();
    write(3);
    world.sim.advance(10 * LOOK_NS);
    assertThat(world.hub.watcherCount()).isZero();
    assertThat(service.queuedBytes()).isZero();
    assertThat(client.failure).isNull();
  }

  @Test
  void onlyWhoRequiresALeaderIsToldThatThereIsNone() {
    WatchService service = service();
    Client requires = client(service, true);
    Client doesNot = client(service, false);
    requires.watchAll(0);
    doesNot.watchAll(0);
    leader = 0;
    world.sim.advance(2 * LOOK_NS + LOOK_NS / 2);
    leader = 2; // back before the third look: the count begins again
    world.sim.advance(LOOK_NS);
    leader = 0;
    world.sim.advance(2 * LOOK_NS);
    assertThat(requires.failure).isNull();
    world.sim.advance(LOOK_NS);
    assertThat(requires.failure).isEqualTo(ServerError.NO_LEADER);
    assertThat(doesNot.failure).isNull();
    write(3);
    doesNot.readAll();
    assertThat(doesNot.events()).isEqualTo(world.events());
    assertThat(world.hub.watcherCount()).isOne();
  }
}
