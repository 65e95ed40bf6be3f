package io.mooring.watch;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import io.mooring.api.etcdserverpb.WatchResponse;
import io.mooring.api.storage.MvccEngine;
import io.mooring.machine.mvcc.KeyRange;
import java.lang.reflect.Proxy;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Compaction does not overtake who is catching up, for a bounded time. */
class CatchUpPinTest {

  private static final long SECOND_NS = 1_000_000_000;

  @TempDir private Path directory;
  private HubWorld world;

  @BeforeEach
  void writeHistory() {
    world = new HubWorld(7, directory, WatchLimits.of(1, 1 << 20, 600 * SECOND_NS));
    for (int i = 0; i < 200; i++) {
      world.apply.execute(() -> world.writeBatch(1, 4));
      world.sim.runReady();
    }
    assertThat(world.compactRevision).as("the seed compacts").isPositive();
  }

  @Test
  void compactionUnderACatchUpLosesNothing() {
    FakeWatchStream stream = new FakeWatchStream(Integer.MAX_VALUE);
    long start = world.compactRevision;
    world.client.execute(
        () -> {
          WatchSession session = world.hub.open(stream);
          byte[] zero = new byte[1];
          KeyRange all = KeyRange.of(ByteString.copyFrom(zero), ByteString.copyFrom(zero));
          session.create(new WatchSpec(1, all, start, false, false, false, false, false));
          // Between the creation and the first read of history.
          world.compactNext = world.revision;
          world.writeBatch(1, 4);
          assertThat(world.compactRevision).isGreaterThan(start);
        });
    world.sim.advance(SECOND_NS);
    stream.take(Integer.MAX_VALUE);
    List<Long> seen = new ArrayList<>();
    for (WatchResponse response : stream.taken()) {
      assertThat(response.getCompactRevision()).isZero();
      response.getEventsList().forEach(event -> seen.add(event.getKv().getModRevision()));
    }
    List<Long> expected =
        world.history.stream()
            .map(HubWorld.Past::revision)
            .filter(revision -> revision >= start)
            .toList();
    assertThat(seen).isEqualTo(expected);
    assertThat(world.pins.count()).as("nobody catches up any more").isZero();
  }

  /** Whatever a read dies of, its watchers must not wait for ever. */
  @Test
  void aReadThatDiesOfAnErrorIsTriedAgain() {
    MvccEngine real = world.engine;
    AtomicInteger errors = new AtomicInteger(3);
    world.engine =
        (MvccEngine)
            Proxy.newProxyInstance(
                MvccEngine.class.getClassLoader(),
                new Class<?>[] {MvccEngine.class},
                (proxy, method, arguments) -> {
                  if (method.getName().equals("snapshot") && errors.getAndDecrement() > 0) {
                    throw new StackOverflowError("planted");
                  }
                  return method.invoke(real, arguments);
                });
    FakeWatchStream stream = new FakeWatchStream(Integer.MAX_VALUE);
    long start = world.compactRevision;
    world.apply.execute(() -> world.writeBatch(1, 4));
    world.sim.runReady();
    world.client.execute(
        () -> {
          byte[] zero = new byte[1];
          KeyRange all = KeyRange.of(ByteString.copyFrom(zero), ByteString.copyFrom(zero));
          world
              .hub
              .open(stream)
              .create(new WatchSpec(1, all, start, false, false, false, false, false));
        });
    world.sim.advance(SECOND_NS);
    stream.take(Integer.MAX_VALUE);
    assertThat(errors.get()).isNegative();
    assertThat(stream.taken().stream().mapToLong(WatchResponse::getEventsCount).sum()).isPositive();
    assertThat(world.hub.settled()).isTrue();
  }

  @Test
  void aPositionThatDoesNotMoveIsGivenUp() {
    CatchUpPin pin = new CatchUpPin(world.pins);
    long start = world.revision - 2;
    pin.follow(world.engine, start, 0);
    assertThat(world.pins.lowest()).isEqualTo(start);
    pin.follow(world.engine, start, 20 * SECOND_NS);
    assertThat(world.pins.lowest()).isEqualTo(start);
    pin.follow(world.engine, start, CatchUpPin.HOLD_NS);
    assertThat(pin.held()).isNull();
    assertThat(world.pins.count()).isZero();
  }

  @Test
  void whoMovesIsFollowedAlthoughCompactionHasPassed() {
    CatchUpPin pin = new CatchUpPin(world.pins);
    long start = world.revision - 20;
    pin.follow(world.engine, start, 0);
    world.compactNext = world.revision;
    world.writeBatch(1, 4);
    pin.follow(world.engine, start + 10, 20 * SECOND_NS);
    assertThat(world.pins.lowest()).isEqualTo(start + 10);
    pin.follow(world.engine, start + 15, 40 * SECOND_NS);
    assertThat(world.pins.lowest()).isEqualTo(start + 15);
    assertThat(world.pins.count()).isEqualTo(1);
    pin.follow(world.engine, Long.MAX_VALUE, 41 * SECOND_NS);
    assertThat(world.pins.count()).isZero();
  }

  @Test
  void whatIsGoneCannotBeHeld() {
    world.compactNext = world.revision;
    world.writeBatch(1, 4);
    CatchUpPin pin = new CatchUpPin(world.pins);
    pin.follow(world.engine, 2, 0);
    assertThat(pin.held()).isNull();
    assertThat(world.pins.count()).isZero();
  }

  @Test
  void aBrokenPinIsNotTakenOver() {
    CatchUpPin pin = new CatchUpPin(world.pins);
    long start = world.revision - 20;
    pin.follow(world.engine, start, 0);
    world.pins.expire(CatchUpPin.HOLD_NS + 1);
    world.compactNext = world.revision;
    world.writeBatch(1, 4);
    pin.follow(world.engine, start + 1, CatchUpPin.HOLD_NS + 2);
    assertThat(pin.held()).isNull();
  }
}
