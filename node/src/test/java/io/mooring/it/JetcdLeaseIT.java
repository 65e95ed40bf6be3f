package io.mooring.it;

import static io.mooring.it.Jetcd.ALL;
import static io.mooring.it.Jetcd.assertRefused;
import static io.mooring.it.Jetcd.bytes;
import static io.mooring.it.Jetcd.get;
import static org.assertj.core.api.Assertions.assertThat;

import io.etcd.jetcd.Client;
import io.etcd.jetcd.KV;
import io.etcd.jetcd.Lease;
import io.etcd.jetcd.common.exception.ErrorCode;
import io.etcd.jetcd.lease.LeaseGrantResponse;
import io.etcd.jetcd.lease.LeaseKeepAliveResponse;
import io.etcd.jetcd.lease.LeaseTimeToLiveResponse;
import io.etcd.jetcd.options.GetOption;
import io.etcd.jetcd.options.LeaseOption;
import io.etcd.jetcd.options.PutOption;
import io.etcd.jetcd.support.CloseableClient;
import io.grpc.stub.StreamObserver;
import io.mooring.api.testing.Covers;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Every lease call and option of jetcd. */
class JetcdLeaseIT {

  private static final Duration LIMIT = Duration.ofSeconds(30);
  private static final LeaseOption WITH_KEYS = LeaseOption.builder().withAttachedKeys().build();

  @TempDir Path temp;

  private TestNode mooring;
  private Client client;
  private KV kv;
  private Lease leases;

  @BeforeEach
  void start() {
    mooring = TestNode.start(temp, "memory");
    client = Jetcd.client(mooring.clientPort());
    kv = client.getKVClient();
    leases = client.getLeaseClient();
  }

  @AfterEach
  void stop() {
    client.close();
    mooring.close();
  }

  private long grant(long ttlSeconds) {
    return get(leases.grant(ttlSeconds)).getID();
  }

  private void put(String key, long lease) {
    get(kv.put(bytes(key), bytes("v"), PutOption.builder().withLeaseId(lease).build()));
  }

  private long count() {
    GetOption options = GetOption.builder().withRange(ALL).withCountOnly(true).build();
    return get(kv.get(ALL, options)).getCount();
  }

  @Test
  @Covers({"L7", "B21", "B22"})
  void grantRaisesWhatIsTooShortAndRefusesWhatIsTooLong() {
    LeaseGrantResponse granted = get(leases.grant(60));
    assertThat(granted.getID()).isPositive();
    assertThat(granted.getTTL()).isEqualTo(60);
    assertThat(granted.getHeader().getRevision()).isOne();
    assertThat(get(leases.grant(30, 5, TimeUnit.SECONDS)).getTTL()).isEqualTo(30);
    for (long ttlSeconds : new long[] {-1, 0, 1}) {
      assertThat(get(leases.grant(ttlSeconds)).getTTL()).isEqualTo(2);
    }
    assertThat(get(leases.grant(9_000_000_000L)).getTTL()).isEqualTo(9_000_000_000L);
    assertRefused(
        leases.grant(9_000_000_001L), ErrorCode.OUT_OF_RANGE, "etcdserver: too large lease TTL");
  }

  @Test
  @Covers({"P19", "B25"})
  void revokeTakesTheKeysAlong() {
    long lease = grant(60);
    put("a", lease);
    put("b", lease);
    get(kv.put(bytes("c"), bytes("stays")));
    JetcdTape tape = new JetcdTape();
    try (var watcher =
        client
            .getWatchClient()
            .watch(
                bytes(""),
                io.etcd.jetcd.options.WatchOption.builder().isPrefix(true).withRevision(5).build(),
                tape)) {
      assertThat(get(leases.revoke(lease)).getHeader().getRevision()).isEqualTo(5);
      assertThat(tape.await(2)).containsExactly("DELETE a= @5", "DELETE b= @5");
      assertThat(watcher.isClosed()).isFalse();
    }
    assertThat(count()).isOne();
    assertRefused(
        leases.revoke(lease), ErrorCode.NOT_FOUND, "etcdserver: requested lease not found");
  }

  @Test
  @Covers("B27")
  void timeToLiveShowsTheRestAndTheKeys() {
    long lease = grant(60);
    put("a", lease);
    put("b", lease);
    LeaseTimeToLiveResponse rest = get(leases.timeToLive(lease, LeaseOption.DEFAULT));
    assertThat(rest.getID()).isEqualTo(lease);
    assertThat(rest.getGrantedTTL()).isEqualTo(60);
    assertThat(rest.getTTL()).isBetween(50L, 60L);
    assertThat(rest.getKeys()).isEmpty();
    assertThat(get(leases.timeToLive(lease, WITH_KEYS)).getKeys())
        .containsExactlyInAnyOrder(bytes("a"), bytes("b"));
    LeaseTimeToLiveResponse unknown = get(leases.timeToLive(99, WITH_KEYS));
    assertThat(unknown.getTTL()).isEqualTo(-1);
    assertThat(unknown.getGrantedTTL()).isZero();
    assertThat(unknown.getKeys()).isEmpty();
  }

  @Test
  void keepAliveOnceRenews() {
    long lease = grant(60);
    LeaseKeepAliveResponse renewed = get(leases.keepAliveOnce(lease));
    assertThat(renewed.getID()).isEqualTo(lease);
    assertThat(renewed.getTTL()).isEqualTo(60);
  }

  @Test
  @Covers({"P17", "P18"})
  void keptAliveItLivesAndThenItGoes() {
    long lease = grant(2);
    put("k", lease);
    KeepAlives heard = new KeepAlives();
    long bornNs = System.nanoTime();
    CloseableClient keeper = leases.keepAlive(lease, heard);
    Awaitility.await()
        .atMost(LIMIT)
        .until(() -> System.nanoTime() - bornNs > TimeUnit.SECONDS.toNanos(4));
    assertThat(count()).isOne();
    assertThat(heard.faults).isEmpty();
    assertThat(heard.ttls).isNotEmpty().allMatch(ttl -> ttl == 2);
    keeper.close();
    Awaitility.await().atMost(Duration.ofSeconds(8)).until(() -> count() == 0);
  }

  @Test
  @Covers("B26")
  void keepingAnUnknownLeaseAliveSaysSo() {
    KeepAlives heard = new KeepAlives();
    try (CloseableClient keeper = leases.keepAlive(99, heard)) {
      // jetcd turns a TTL of 0 into its own error.
      Awaitility.await().atMost(LIMIT).until(() -> !heard.faults.isEmpty());
      assertThat(keeper).isNotNull();
    }
    assertThat(heard.faults.peek()).hasMessageContaining("requested lease not found");
    assertThat(count()).isZero();
  }

  private static final class KeepAlives implements StreamObserver<LeaseKeepAliveResponse> {
    final Queue<Long> ttls = new ConcurrentLinkedQueue<>();
    final Queue<Throwable> faults = new ConcurrentLinkedQueue<>();

    @Override
    public void onNext(LeaseKeepAliveResponse response) {
      ttls.add(response.getTTL());
    }

    @Override
    public void onError(Throwable cause) {
      faults.add(cause);
    }

    @Override
    public void onCompleted() {}
  }
}
