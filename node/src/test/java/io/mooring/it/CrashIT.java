package io.mooring.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.mooring.api.testing.Covers;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Real processes, killed by SIGKILL at random moments under several writers. After each restart
 * every acknowledged write must be there with the same revision, and be told once, in order. More
 * rounds by {@code -Drounds=50}, one engine by {@code -Dcrash.engine=lmdb}; the same choices again
 * by {@code -Dcrash.seed=…}, though processes and disks keep their own time; what a run did by
 * {@code -Dlog4j2.level=INFO}.
 */
class CrashIT {

  private static final Logger LOG = LoggerFactory.getLogger(CrashIT.class);

  private static final int ROUNDS = Integer.getInteger("rounds", 10);
  private static final int WRITERS = 6;
  private static final int KILL_WITHIN_MS = 800;
  private static final int BULK_KILL_WITHIN_MS = 1_500;
  private static final int KEPT_ROUNDS = 3;
  private static final int START_LIMIT_SECONDS = 30;

  @TempDir Path temp;

  private final ExecutorService threads = Executors.newCachedThreadPool();
  private final ScheduledExecutorService killer = Executors.newSingleThreadScheduledExecutor();
  private final CrashLedger ledger = new CrashLedger();

  static Stream<String> engines() {
    String wanted = System.getProperty("crash.engine", ".*");
    return TestNode.engines().filter(engine -> engine.matches(wanted));
  }

  @ParameterizedTest
  @MethodSource("engines")
  @Covers({"P2", "P5", "P6", "P9", "P10", "P11", "R2", "M1", "M7", "L1", "L3", "F3", "S21"})
  void whatWasAcknowledgedSurvivesKills(String engine) throws Exception {
    long seed = Long.getLong("crash.seed", new SecureRandom().nextLong());
    Random random = new Random(seed);
    int round = 0;
    try {
      for (; round < ROUNDS; round++) {
        if (random.nextInt(4) == 0) {
          killWhileStarting(engine, random);
        }
        round(engine, round, random);
      }
      try (ServerProcess server = start(engine)) {
        check(server);
      }
    } catch (Throwable e) {
      throw new AssertionError(
          "engine " + engine + ", round " + round + ", -Dcrash.seed=" + seed, e);
    } finally {
      threads.shutdownNow();
      killer.shutdownNow();
    }
    LOG.info("{}, {} rounds, seed {}: {}", engine, ROUNDS, seed, ledger.summary());
    assertThat(ledger.acknowledgedCount()).as("not exercised").isGreaterThan(30L * ROUNDS);
  }

  private ServerProcess start(String engine) {
    return ServerProcess.mooring(
        temp.resolve("data"), Tools.freePort(), "--storage-engine", engine, "--log-level", "warn");
  }

  /** Recovery itself is interrupted, wherever it is by then. */
  private void killWhileStarting(String engine, Random random) throws Exception {
    try (ServerProcess server =
        ServerProcess.launch(temp.resolve("data"), Tools.freePort(), "--storage-engine", engine)) {
      killer.schedule(server::kill9, 200 + random.nextInt(1_300), TimeUnit.MILLISECONDS).get();
    }
  }

  private void check(ServerProcess server) {
    try (RawClient client = new RawClient(server.clientPort())) {
      ledger.check(client);
    }
  }

  private void round(String engine, int round, Random random) throws Exception {
    List<RawClient> clients = new ArrayList<>();
    try (ServerProcess server = start(engine);
        RawClient client = new RawClient(server.clientPort())) {
      ledger.check(client);
      if (round >= KEPT_ROUNDS) {
        ledger.deletePrefix(client, CrashWriter.prefix(round - KEPT_ROUNDS));
      }
      if (random.nextInt(3) == 0) {
        ledger.compact(client);
      }
      boolean bulk = round % 4 == 2;
      EventTape live = new EventTape(client, ledger.checkedRevision() + 1);
      CountDownLatch atWork = new CountDownLatch(WRITERS);
      List<Future<CrashWriter.Report>> running = new ArrayList<>();
      for (int i = 0; i < WRITERS; i++) {
        RawClient own = new RawClient(server.clientPort());
        clients.add(own);
        running.add(
            threads.submit(
                new CrashWriter(
                    own,
                    random.nextLong(),
                    i,
                    round,
                    bulk,
                    ledger.valueOf(CrashWriter.appendKey(i)),
                    atWork::countDown)));
      }
      // Or the kill would mostly meet a server that is still warming up.
      assertThat(atWork.await(START_LIMIT_SECONDS, TimeUnit.SECONDS)).isTrue();
      int withinMs = bulk ? BULK_KILL_WITHIN_MS : KILL_WITHIN_MS;
      ScheduledFuture<?> kill =
          killer.schedule(server::kill9, random.nextInt(withinMs), TimeUnit.MILLISECONDS);
      List<CrashWriter.Report> reports = new ArrayList<>();
      for (Future<CrashWriter.Report> writer : running) {
        reports.add(writer.get());
      }
      kill.get();
      ledger.killed(reports, live.events());
    } finally {
      clients.forEach(RawClient::close);
    }
  }
}
