package io.mooring.peer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.mooring.base.Check;
import io.mooring.loop.Loop;
import io.mooring.peer.PeerWorld.One;
import io.mooring.raft.core.Configuration;
import io.mooring.raft.core.EntryId;
import io.mooring.raft.core.Message;
import io.mooring.raft.core.Transfer;
import io.vertx.core.Future;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The streams that carry states, whatever is in them. */
class TransferStreamTest {

  private final PeerWorld world = new PeerWorld();
  private final One one = world.member(1);
  private final One two = world.member(2);

  @AfterEach
  void close() {
    world.close();
  }

  /** After a power cut of the leader its successor must be able to send. */
  @Test
  void aSenderThatVanishesWithoutAWordMakesRoomForAnother() {
    Taker taker = taking(0);
    FrozenPipe pipe = new FrozenPipe(world.vertx, two.url());
    introduce(one, pipe.url());
    one.network.sendState(2, 3, new Endless(), () -> {});
    await().until(() -> taker.chunks.get() > 0);
    pipe.freeze();
    await().until(() -> taker.abandoned.get() == 1);
  }

  /** Its pings are answered, so only this tells that its disk stands still. */
  @Test
  void aReceiverThatTakesNothingMoreIsGivenUp() {
    Taker taker = taking(0);
    introduce(one, two.url());
    AtomicInteger ended = new AtomicInteger();
    one.network.sendState(2, 3, new Endless(), ended::incrementAndGet);
    await().until(() -> ended.get() == 1);
    assertThat(taker.chunks.get()).isEqualTo(1);
    await().until(() -> taker.abandoned.get() == 1);
    TransferMeter sent = meter(one, 2).statesSent();
    assertThat(sent.failed()).isEqualTo(1);
    assertThat(sent.inFlight()).isZero();
    assertThat(sent.bytes()).isPositive();
    await().until(() -> meter(two, 1).statesReceived().failed() == 1);
  }

  /** Its successor must be able to send, and nobody is told of an end that nobody waits for. */
  @Test
  void aSenderThatDoesNotLeadAnyMoreStops() {
    Taker taker = taking(0);
    introduce(one, two.url());
    AtomicInteger ended = new AtomicInteger();
    one.network.sendState(2, 3, new Endless(), ended::incrementAndGet);
    await().until(() -> taker.chunks.get() > 0);
    TransferMeter sent = meter(one, 2).statesSent();
    assertThat(sent.inFlight()).isEqualTo(1);
    one.network.cancelStates("no leader");
    await().until(() -> taker.abandoned.get() == 1);
    assertThat(sent.inFlight()).isZero();
    assertThat(sent.failed()).isEqualTo(1);
    await().during(Duration.ofMillis(600)).until(() -> ended.get() == 0);
  }

  /** As one whose disk is full: what it is sent in vain costs both ends, and all who read logs. */
  @Test
  void whoeverRefusesAgainAndAgainIsAskedLessAndLess() {
    Taker taker = taking(Integer.MAX_VALUE);
    introduce(one, two.url());
    List<Long> toldNs = new CopyOnWriteArrayList<>();
    // As consensus does.
    Runnable[] again = new Runnable[1];
    again[0] =
        () -> {
          toldNs.add(System.nanoTime());
          one.network.sendState(2, 3, new Endless(), again[0]);
        };
    one.network.sendState(2, 3, new Endless(), again[0]);
    await().until(() -> toldNs.size() == 4);
    one.network.cancelStates("enough");
    long first = toldNs.get(1) - toldNs.get(0);
    long last = toldNs.get(3) - toldNs.get(2);
    // Between half and all of 2, and of 8, times a silence.
    assertThat(last).isGreaterThan(first);
    assertThat(last).isGreaterThan(4 * PeerWorld.CONFIG.silenceNs());
  }

  @Test
  void anEndThatIsToldLateIsNotTakenForThatOfANewerOne() {
    Taker taker = taking(1);
    introduce(one, two.url());
    AtomicInteger ended = new AtomicInteger();
    one.network.sendState(2, 3, new Endless(), ended::incrementAndGet);
    await().until(() -> taker.begun.get() == 1);
    TransferMeter sent = meter(one, 2).statesSent();
    await().pollInterval(Duration.ofMillis(1)).until(() -> sent.failed() == 1);
    // Within the pause that follows.
    one.network.sendState(2, 4, new Endless(), ended::incrementAndGet);
    await().until(() -> taker.chunks.get() > 0);
    await().during(Duration.ofMillis(600)).until(() -> ended.get() == 0);
    assertThat(taker.abandoned.get()).isZero();
  }

  private static PeerMeter meter(One one, long of) {
    return Check.present(one.network.meters().get(of), "nothing is counted of that member");
  }

  /** What the second member does with what it is sent. */
  private Taker taking(int refused) {
    Taker taker = new Taker(refused);
    two.network.receiveStates(taker);
    return taker;
  }

  private static void introduce(One one, URI two) {
    one.network.update(new PeerBook(Map.of(2L, List.of(two)), Set.of()));
  }

  /** Never comes to an end. */
  private static final class Endless implements TransferSource, TransferSource.Opened {
    @Override
    public Future<Opened> open(Loop caller) {
      return Future.succeededFuture(this);
    }

    @Override
    public Transfer transfer() {
      return new Transfer(new EntryId(9, 3), Configuration.of(1));
    }

    @Override
    public long leastBytes() {
      return 1L << 40;
    }

    @Override
    public Future<byte @Nullable []> next() {
      return Future.succeededFuture(new byte[64 << 10]);
    }

    @Override
    public void close() {}
  }

  /** Refuses the first few, and counts. The first chunk of each is all that it can store. */
  private static final class Taker implements TransferSink, TransferSink.Arriving {
    final AtomicInteger begun = new AtomicInteger();
    final AtomicInteger chunks = new AtomicInteger();
    final AtomicInteger abandoned = new AtomicInteger();
    private final int refused;

    Taker(int refused) {
      this.refused = refused;
    }

    @Override
    public @Nullable Arriving begin(
        Loop caller, Message.InstallSnapshot snapshot, long leastBytes) {
      return begun.incrementAndGet() > refused ? this : null;
    }

    @Override
    public Future<Boolean> chunk(byte[] bytes) {
      chunks.incrementAndGet();
      return Future.future(never -> {});
    }

    @Override
    public Future<Boolean> install() {
      return Future.failedFuture("it has no end");
    }

    @Override
    public void abandon() {
      abandoned.incrementAndGet();
    }
  }
}
