package io.mooring.it.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import io.mooring.api.etcdserverpb.CompactionRequest;
import io.mooring.api.etcdserverpb.CompactionResponse;
import io.mooring.api.etcdserverpb.PutRequest;
import io.mooring.api.etcdserverpb.PutResponse;
import io.mooring.api.etcdserverpb.RangeResponse;
import io.mooring.api.testing.Covers;
import io.mooring.it.RawClient;
import io.mooring.it.RawClient.Reply;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import org.junit.jupiter.api.TestReporter;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * A member is away while others write and compact, and another loses all it had; both come to hold
 * what the others do. By hand with {@code -Daway.writes=100000
 * -Daway.engines=lmdb,rocksdb,memory;lmdb;rocksdb;memory}, where the log alone does not do.
 */
class AwayIT {

  private static final int WRITES = Integer.getInteger("away.writes", 5_000);
  private static final int KEYS = 10_000;
  private static final int VALUE_BYTES = 400;
  private static final int WRITERS = 32;
  private static final int MEMBERS = 3;

  /** From here on a member with the tests' heap has dropped the entries that are missing. */
  private static final int WRITES_FOR_TRANSFER = 100_000;

  private static final long CALL_TIMEOUT_MS = 10_000;
  private static final Duration LIMIT = Duration.ofSeconds(60);

  @TempDir Path temp;
  private final AtomicLong revision = new AtomicLong();

  static Stream<String> engines() {
    return Stream.of(System.getProperty("away.engines", "lmdb,rocksdb,memory").split(";", -1));
  }

  @ParameterizedTest
  @MethodSource("engines")
  @Covers({"F11", "P25"})
  void whoeverWasAwayComesToHoldTheSame(String engines, TestReporter reporter) {
    String[] each = engines.split(",", -1);
    List<Program> programs = new ArrayList<>();
    for (int member = 0; member < MEMBERS; member++) {
      programs.add(Program.mooring(each[member % each.length]));
    }
    try (ServerCluster cluster = ServerCluster.start(temp, programs)) {
      int leader = cluster.awaitLeader();
      int away = (leader + 1) % MEMBERS;
      write(cluster, leader, "before");
      cluster.kill9(away);
      long startNs = System.nanoTime();
      write(cluster, leader, "while away");
      compact(cluster, leader);
      final long wroteMs = elapsedMs(startNs);
      final long backMs = comesBack(cluster, leader, away);
      assertThat(cluster.output(away).contains("installed a transfer snapshot"))
          .isEqualTo(WRITES >= WRITES_FOR_TRANSFER);

      int lost = (leader + 2) % MEMBERS;
      long lostId = cluster.memberId(lost);
      cluster.kill9(lost);
      cluster.wipe(lost);
      cluster.remove(leader, lostId);
      cluster.announce(leader, lost);
      final long againMs = comesBack(cluster, leader, lost);

      List<KeptState> kept = KeptState.ofAll(cluster);
      reporter.publishEntry(
          engines,
          "%d writes in %d ms, back after %d ms, wiped and back after %d ms, kept %s"
              .formatted(WRITES, wroteMs, backMs, againMs, kept));
      assertThat(Set.copyOf(kept)).as("P25 %s", kept).hasSize(1);
    }
  }

  private void write(ServerCluster cluster, int member, String what) {
    AtomicInteger next = new AtomicInteger();
    ExecutorService writers = Executors.newFixedThreadPool(WRITERS);
    try (RawClient client = client(cluster, member)) {
      List<CompletableFuture<Void>> all = new ArrayList<>();
      for (int writer = 0; writer < WRITERS; writer++) {
        all.add(
            CompletableFuture.runAsync(
                () -> {
                  for (int i = next.getAndIncrement(); i < WRITES; i = next.getAndIncrement()) {
                    put(client, i, what);
                  }
                },
                writers));
      }
      all.forEach(CompletableFuture::join);
    } finally {
      writers.shutdown();
    }
  }

  private void put(RawClient client, int number, String what) {
    byte[] value = (what + " " + number).getBytes(java.nio.charset.StandardCharsets.UTF_8);
    PutRequest request =
        PutRequest.newBuilder()
            .setKey(KeySpace.bytes("key" + number % KEYS))
            .setValue(ByteString.copyFrom(java.util.Arrays.copyOf(value, VALUE_BYTES)))
            .build();
    Reply<PutResponse> reply =
        client.call("etcdserverpb.KV/Put", request, PutResponse.getDefaultInstance());
    assertThat(reply.ok()).as("put %d: %s", number, reply.status()).isTrue();
    revision.accumulateAndGet(reply.value().getHeader().getRevision(), Math::max);
  }

  /** Leaves the newest tenth of the history. */
  private void compact(ServerCluster cluster, int member) {
    CompactionRequest request =
        CompactionRequest.newBuilder()
            .setRevision(revision.get() - WRITES / 10)
            .setPhysical(true)
            .build();
    try (RawClient client = client(cluster, member)) {
      Reply<CompactionResponse> reply =
          client.call("etcdserverpb.KV/Compact", request, CompactionResponse.getDefaultInstance());
      assertThat(reply.ok()).as("%s", reply.status()).isTrue();
    }
  }

  /** Starts a member and waits until it tells the same as another; returns how long that took. */
  private long comesBack(ServerCluster cluster, int other, int member) {
    long startNs = System.nanoTime();
    cluster.restart(member);
    long now = revision.get();
    RangeResponse here = range(cluster, member, now);
    final long tookMs = elapsedMs(startNs);
    assertThat(here.getKvsList()).isEqualTo(range(cluster, other, now).getKvsList());
    long before = now - WRITES / 20;
    assertThat(range(cluster, member, before).getKvsList())
        .isEqualTo(range(cluster, other, before).getKvsList());
    return tookMs;
  }

  private static RangeResponse range(ServerCluster cluster, int member, long revision) {
    return MemberReads.ask(
        cluster.clientPorts().get(member),
        CALL_TIMEOUT_MS,
        LIMIT,
        MemberReads.all().setRevision(revision),
        Reply::ok);
  }

  private static RawClient client(ServerCluster cluster, int member) {
    return new RawClient(cluster.clientPorts().get(member), CALL_TIMEOUT_MS);
  }

  private static long elapsedMs(long sinceNs) {
    return TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - sinceNs);
  }
}
