package io.mooring.watch;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import io.mooring.api.etcdserverpb.WatchResponse;
import io.mooring.api.testing.Covers;
import io.mooring.base.Check;
import io.mooring.machine.mvcc.KeyRange;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Random clients on a hub with random tiny bounds, over random schedules; each seed is one history.
 * Every watcher is checked, event by event, against what was written.
 */
class WatchHubSimTest {

  private static final int SEEDS = Integer.getInteger("mooring.seeds", 300);
  private static final int KEYS = 12;

  @TempDir Path directory;

  private long dropped;
  private long refused;
  private long bulk;
  private long responses;
  private long canceled;
  private long installs;

  @Test
  @Covers({
    "F11", "P9", "P10", "P11", "P12", "P13", "P14", "P15", "P16", "W1", "W2", "W3", "W4", "W5",
    "W6", "W7"
  })
  void everyWatcherSeesWhatHappened() {
    for (long seed = 1; seed <= SEEDS; seed++) {
      try {
        new Run(seed).run();
      } catch (Throwable failure) {
        throw new AssertionError("seed " + seed, failure);
      }
    }
    // The runs prove something only if they went through the rare paths.
    assertThat(dropped).as("dropped batches").isPositive();
    assertThat(refused).as("refused reads").isPositive();
    assertThat(bulk).as("responses of several revisions").isPositive();
    assertThat(canceled).as("compaction cancels").isPositive();
    assertThat(installs).as("engines replaced").isGreaterThan(SEEDS);
    assertThat(responses).isGreaterThan(SEEDS);
  }

  /** One client: a stream, its session, and a checker per watch id. */
  private static final class Client {
    private final FakeWatchStream stream;
    private final WatchSession session;
    private final Map<Long, WatchChecker> checkers = new HashMap<>();
    private final List<WatchSpec> asked = new ArrayList<>();
    private int answered;
    private int read;
    private boolean closed;

    Client(HubWorld world, int capacity) {
      stream = new FakeWatchStream(capacity);
      session = world.hub.open(stream);
    }
  }

  private final class Run {
    private final Random random;
    private final HubWorld world;
    private final List<Client> clients = new ArrayList<>();
    private int names;

    Run(long seed) {
      random = new Random(seed * 31);
      world = new HubWorld(seed, directory.resolve("seed-" + seed), limits());
    }

    private WatchLimits limits() {
      return new WatchLimits(
          20,
          1000,
          1 + random.nextInt(400),
          50_000_000L,
          1 + random.nextInt(4),
          200 + random.nextInt(5000),
          random.nextInt(30),
          random.nextInt(20_000),
          random.nextInt(6),
          1 + random.nextInt(12),
          1 + random.nextInt(10),
          1 + random.nextInt(2000),
          1 + random.nextInt(20),
          1 + random.nextInt(3));
    }

    void run() {
      int steps = 150 + random.nextInt(150);
      for (int i = 0; i < steps; i++) {
        int what = random.nextInt(10);
        if (what < 4 && random.nextInt(30) == 0) {
          world.apply.execute(() -> world.beAwayFor(1 + random.nextInt(8), 4, KEYS));
        } else if (what < 4) {
          world.apply.execute(() -> world.writeBatch(4, KEYS));
        } else {
          world.client.execute(this::clientStep);
        }
        int tasks = random.nextInt(12);
        for (int t = 0; t < tasks && world.sim.step(); t++) {
          // a random loop runs a task
        }
        if (random.nextInt(20) == 0) {
          world.sim.advance(random.nextInt(120) * 1_000_000L);
        }
      }
      finish();
    }

    private void clientStep() {
      if (clients.isEmpty() || (clients.size() < 6 && random.nextInt(10) == 0)) {
        clients.add(new Client(world, 1 + random.nextInt(8)));
      }
      Client client = clients.get(random.nextInt(clients.size()));
      if (client.closed) {
        return;
      }
      switch (random.nextInt(12)) {
        case 0, 1, 2, 3 -> create(client);
        case 4 -> cancel(client);
        case 5 -> client.session.requestProgress();
        case 6 -> {
          if (random.nextInt(6) == 0) {
            client.closed = true;
            client.session.close();
          }
        }
        default -> take(client, 1 + random.nextInt(10));
      }
    }

    private void create(Client client) {
      int low = random.nextInt(KEYS);
      ByteString end =
          switch (random.nextInt(4)) {
            case 0 -> ByteString.EMPTY;
            case 1 -> ByteString.copyFrom(new byte[] {0});
            default -> HubWorld.key(low + 1 + random.nextInt(KEYS));
          };
      long start =
          switch (random.nextInt(4)) {
            case 0 -> 0;
            case 1 -> world.revision + 1 + random.nextInt(5);
            default -> 1 + random.nextInt((int) world.revision + 1);
          };
      WatchSpec spec =
          new WatchSpec(
              0,
              KeyRange.of(HubWorld.key(low), end),
              start,
              random.nextInt(6) == 0,
              random.nextInt(6) == 0,
              random.nextInt(3) == 0,
              random.nextInt(3) == 0,
              random.nextInt(3) == 0);
      client.asked.add(spec);
      client.session.create(spec);
    }

    private void cancel(Client client) {
      List<Long> ids = new ArrayList<>(client.checkers.keySet());
      if (!ids.isEmpty()) {
        client.session.cancel(ids.get(random.nextInt(ids.size())));
      }
    }

    private void take(Client client, int count) {
      boolean drained = client.stream.take(count);
      read(client);
      if (drained) {
        client.session.drained();
      }
    }

    private void read(Client client) {
      List<WatchResponse> taken = client.stream.taken();
      while (client.read < taken.size()) {
        WatchResponse response = taken.get(client.read++);
        assertThat(response.getHeader().getClusterId()).isEqualTo(0xfedcba9876543210L);
        if (response.getCreated()) {
          WatchSpec spec = client.asked.get(client.answered++);
          if (response.getCanceled()) {
            assertThat(response.getWatchId()).isEqualTo(-1);
            assertThat(response.getCancelReason()).as("P16").isNotEmpty();
            continue;
          }
          String name = "watcher " + names++ + " " + spec + " keys " + from(spec);
          WatchChecker checker = new WatchChecker(world, name, spec);
          assertThat(client.checkers.put(response.getWatchId(), checker)).isNull();
          checker.accept(response);
        } else if (response.getWatchId() == -1) {
          client.checkers.values().stream().filter(c -> !c.over()).forEach(c -> c.accept(response));
        } else {
          WatchChecker checker =
              Check.present(client.checkers.get(response.getWatchId()), "answer of no watch");
          boolean second = checker.over() && response.getCanceled();
          if (!second) { // a client may cancel what compaction has canceled
            checker.accept(response);
            canceled += response.getCompactRevision() > 0 ? 1 : 0;
          }
        }
      }
    }

    private static String from(WatchSpec spec) {
      return ByteString.copyFrom(spec.range().from()).toStringUtf8();
    }

    private void finish() {
      for (int round = 0; round < 2000 && !settled(); round++) {
        world.client.execute(() -> clients.forEach(client -> take(client, 100)));
        world.sim.advance(20_000_000L);
      }
      world.client.execute(() -> clients.forEach(client -> take(client, 1000)));
      world.sim.runReady();
      for (Client client : clients) {
        if (!client.closed) {
          assertThat(client.answered).isEqualTo(client.asked.size());
          client.checkers.values().forEach(WatchChecker::finish);
        }
        for (WatchChecker checker : client.checkers.values()) {
          bulk += checker.resumedInBulk;
          responses += checker.responses;
        }
        world.client.execute(client.session::close);
      }
      world.sim.runReady();
      assertThat(world.hub.watcherCount()).as("W7").isZero();
      assertThat(world.hub.syncedCount()).as("W7").isZero();
      assertThat(world.hub.queuedBytes()).as("W7").isZero();
      assertThat(world.hub.wantsPrevKv()).as("W7").isFalse();
      dropped += world.batchesDropped;
      installs += world.installs;
      refused += world.readsRefused;
      world.engine.close();
    }

    private boolean settled() {
      return clients.stream().allMatch(c -> c.closed || c.stream.queuedCount() == 0)
          && world.hub.queuedBytes() == 0
          && world.hub.settled();
    }
  }
}
