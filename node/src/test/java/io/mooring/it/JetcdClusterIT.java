package io.mooring.it;

import static io.mooring.it.Jetcd.bytes;
import static io.mooring.it.Jetcd.get;
import static org.assertj.core.api.Assertions.assertThat;

import io.etcd.jetcd.Client;
import io.etcd.jetcd.KV;
import io.etcd.jetcd.Watch.Watcher;
import io.etcd.jetcd.lease.LeaseKeepAliveResponse;
import io.etcd.jetcd.options.PutOption;
import io.etcd.jetcd.options.WatchOption;
import io.grpc.stub.StreamObserver;
import io.mooring.api.testing.Covers;
import io.mooring.it.cluster.Program;
import io.mooring.it.cluster.ServerCluster;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.IntStream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** jetcd that knows three members goes on when their leader is killed. */
class JetcdClusterIT {

  private static final int KEYS = 40;
  private static final long TTL_SECONDS = 3;

  @TempDir Path temp;

  @Test
  @Covers({"P5", "P13"})
  void itsWatchItsLeaseAndItsWritesOutliveTheLeader() {
    try (ServerCluster cluster = ServerCluster.start(temp, Program.mooring("lmdb"), 3);
        Client watching = client(cluster);
        Client writing = client(cluster)) {
      JetcdTape tape = new JetcdTape();
      WatchOption prefix = WatchOption.builder().isPrefix(true).withRevision(2).build();
      long lease = get(writing.getLeaseClient().grant(TTL_SECONDS)).getID();
      Renewals renewals = new Renewals();
      try (Watcher watcher = watching.getWatchClient().watch(bytes("k"), prefix, tape);
          AutoCloseable keeping = writing.getLeaseClient().keepAlive(lease, renewals)::close) {
        write(writing.getKVClient(), 0, KEYS, lease);
        int leader = cluster.awaitLeader();
        cluster.kill9(leader);
        write(writing.getKVClient(), KEYS, 2 * KEYS, lease);
        List<String> expected = IntStream.range(0, 2 * KEYS).mapToObj(i -> "k" + i).toList();
        Awaitility.await().atMost(Duration.ofSeconds(30)).until(() -> keys(tape).equals(expected));
        assertThat(watcher.isClosed()).isFalse();
        int before = renewals.count;
        Awaitility.await().atMost(Duration.ofSeconds(30)).until(() -> renewals.count > before + 2);
        assertThat(get(writing.getKVClient().get(bytes("k0"))).getCount()).isEqualTo(1);
      } catch (Exception e) {
        throw new AssertionError(e);
      }
    }
  }

  /** Keys in the order in which they were first put; a write that was tried again comes twice. */
  private static List<String> keys(JetcdTape tape) {
    return tape.events().stream()
        .map(event -> Jetcd.text(event.getKeyValue().getKey()))
        .distinct()
        .toList();
  }

  private static Client client(ServerCluster cluster) {
    return Client.builder()
        .endpoints(
            cluster.clientPorts().stream()
                .map(port -> "http://127.0.0.1:" + port)
                .toArray(String[]::new))
        .build();
  }

  /** What fails has perhaps been done; putting the same once more does no harm. */
  private static void write(KV kv, int from, int to, long lease) {
    PutOption option = PutOption.builder().withLeaseId(lease).build();
    for (int i = from; i < to; i++) {
      int number = i;
      Awaitility.await()
          .atMost(Duration.ofSeconds(30))
          .until(
              () -> {
                try {
                  kv.put(bytes("k" + number), bytes("" + number), option).get(2, TimeUnit.SECONDS);
                  return true;
                } catch (ExecutionException | TimeoutException e) {
                  return false;
                }
              });
    }
  }

  private static final class Renewals implements StreamObserver<LeaseKeepAliveResponse> {
    volatile int count;

    @Override
    @SuppressWarnings("NonAtomicVolatileUpdate") // one thread counts
    public void onNext(LeaseKeepAliveResponse response) {
      count++;
    }

    @Override
    public void onError(Throwable cause) {}

    @Override
    public void onCompleted() {}
  }
}
