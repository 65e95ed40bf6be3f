package io.mooring.it;

import static io.mooring.it.Jetcd.bytes;
import static io.mooring.it.Jetcd.get;
import static org.assertj.core.api.Assertions.assertThat;

import io.etcd.jetcd.Client;
import io.etcd.jetcd.KV;
import io.etcd.jetcd.Watch.Watcher;
import io.etcd.jetcd.options.PutOption;
import io.etcd.jetcd.options.WatchOption;
import io.mooring.api.testing.Covers;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** jetcd reconnects to a server that was killed and started again. */
class JetcdResumeIT {

  private static final int BEFORE = 50;
  private static final int AFTER = 50;

  @TempDir Path temp;

  static java.util.stream.Stream<String> engines() {
    return TestNode.engines();
  }

  @ParameterizedTest
  @MethodSource("engines")
  @Covers({"P5", "P13"})
  void itsWatchMissesNothingOverACrash(String engine) {
    int port = Tools.freePort();
    String[] flags = {"--storage-engine", engine};
    ServerProcess first = ServerProcess.mooring(temp, port, flags);
    JetcdTape tape = new JetcdTape();
    WatchOption prefix = WatchOption.builder().isPrefix(true).withRevision(2).build();
    try (Client watching = Jetcd.client(port);
        Watcher watcher = watching.getWatchClient().watch(bytes("k"), prefix, tape);
        Client writing = Jetcd.client(port)) {
      long lease = get(writing.getLeaseClient().grant(600)).getID();
      write(writing.getKVClient(), 0, BEFORE, lease);
      tape.await(BEFORE);
      first.kill9();
      try (ServerProcess second = ServerProcess.mooring(temp, port, flags);
          Client again = Jetcd.client(port)) {
        write(again.getKVClient(), BEFORE, BEFORE + AFTER, lease);
        List<String> expected =
            IntStream.range(0, BEFORE + AFTER)
                .mapToObj(i -> "PUT k" + i + "=" + i + " @" + (i + 2))
                .toList();
        assertThat(tape.await(BEFORE + AFTER)).isEqualTo(expected);
        // jetcd tells of the connection that broke, and resumes by itself.
        assertThat(tape.completions()).isZero();
        assertThat(watcher.isClosed()).isFalse();
        assertThat(get(writing.getLeaseClient().keepAliveOnce(lease)).getTTL()).isEqualTo(600);
        assertThat(second.isAlive()).isTrue();
      }
    } finally {
      first.close();
    }
  }

  private static void write(KV kv, int from, int to, long lease) {
    PutOption option = PutOption.builder().withLeaseId(lease).build();
    for (int i = from; i < to; i++) {
      get(kv.put(bytes("k" + i), bytes("" + i), option));
    }
  }
}
