package io.mooring.watch;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import io.mooring.api.testing.Covers;
import io.mooring.machine.mvcc.KeyRange;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** After a reconnect every client comes at once, and wants what it has missed. */
class WatchStormTest {

  private static final int WATCHERS = 50_000;
  private static final int PER_STREAM = 10_000;
  private static final int KEYS = 2_000;
  private static final int MISSED = 3_000;
  private static final int WRITTEN_MEANWHILE = 200;

  @TempDir Path directory;

  @Test
  @Covers("O3")
  void fiftyThousandWatchersOfThePastShareTheirReadsAndHoldUpNobody() {
    HubWorld world = new HubWorld(11, directory, WatchLimits.of(1, 1 << 20, 600_000_000_000L));
    world.compacts = false;
    write(world, MISSED);
    world.sim.advance(1_000_000_000);
    FakeWatchStream current = new FakeWatchStream(Integer.MAX_VALUE);
    world.client.execute(() -> create(world.hub.open(current), all(), 0));
    world.sim.runReady();
    int before = world.history.size();
    long readsBefore = world.reads;

    List<FakeWatchStream> streams = new ArrayList<>();
    for (int i = 0; i < WATCHERS / PER_STREAM; i++) {
      FakeWatchStream stream = new FakeWatchStream(Integer.MAX_VALUE);
      streams.add(stream);
      world.client.execute(() -> createMany(world.hub.open(stream)));
    }
    for (int i = 0; i < WRITTEN_MEANWHILE; i++) {
      world.apply.execute(() -> world.writeBatch(1, KEYS));
      // A few turns for all loops: the storm takes its part of them, not all.
      for (int step = 0; step < 40; step++) {
        world.sim.step();
      }
    }
    // A write is not held up, and who was up to date hears of it while the storm is worked off.
    current.take(Integer.MAX_VALUE);
    int heard = events(current);
    assertThat(heard).isGreaterThan((world.history.size() - before) / 2);
    assertThat(world.batchesDropped).isZero();

    while (world.hub.syncedCount() < WATCHERS + 1) {
      world.sim.advance(20_000_000);
    }
    assertThat(world.reads - readsBefore).as("reads are shared").isLessThan(500);
    long[] expected = new long[KEYS];
    for (HubWorld.Past past : world.history) {
      expected[Integer.parseInt(past.key().toStringUtf8().substring(1))]++;
    }
    long[] told = new long[KEYS];
    for (FakeWatchStream stream : streams) {
      stream.take(Integer.MAX_VALUE);
      stream.taken().stream()
          .flatMap(response -> response.getEventsList().stream())
          .forEach(
              event ->
                  told[Integer.parseInt(event.getKv().getKey().toStringUtf8().substring(1))]++);
    }
    for (int key = 0; key < KEYS; key++) {
      assertThat(told[key]).as("key %d", key).isEqualTo(expected[key] * (WATCHERS / KEYS));
    }
  }

  private static void write(HubWorld world, int count) {
    for (int i = 0; i < count; i++) {
      world.apply.execute(() -> world.writeBatch(1, KEYS));
      world.sim.runReady();
    }
  }

  private static int events(FakeWatchStream stream) {
    return stream.taken().stream().mapToInt(response -> response.getEventsCount()).sum();
  }

  private static KeyRange all() {
    ByteString zero = ByteString.copyFrom(new byte[1]);
    return KeyRange.of(zero, zero);
  }

  private static void createMany(WatchSession session) {
    for (int i = 0; i < PER_STREAM; i++) {
      create(session, KeyRange.of(HubWorld.key(i % KEYS), ByteString.EMPTY), 1);
    }
  }

  private static void create(WatchSession session, KeyRange range, long start) {
    session.create(new WatchSpec(0, range, start, false, false, false, false, false));
  }
}
