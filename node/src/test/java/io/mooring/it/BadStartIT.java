package io.mooring.it;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import io.mooring.api.etcdserverpb.PutRequest;
import io.mooring.api.etcdserverpb.PutResponse;
import io.mooring.api.etcdserverpb.ResponseHeader;
import io.mooring.api.testing.Covers;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Starts that must be refused: one line that names what is wrong, the exit code, and nothing
 * touched. Rules of single values are tested without processes, by {@code BadConfigTest}.
 */
class BadStartIT {

  @TempDir Path temp;

  private Path data() {
    return temp.resolve("data");
  }

  private List<String> addresses() {
    return List.of(
        "--listen-client-urls=" + ServerProcess.url(0),
        "--advertise-client-urls=" + ServerProcess.url(2379),
        "--listen-peer-urls=" + ServerProcess.url(0));
  }

  /** Refused with one line that contains all parts, and not a file differs afterwards. */
  private void assertRefused(int exitCode, List<String> flags, String... parts) {
    assertRefused(exitCode, Map.of(), flags, parts);
  }

  private void assertRefused(
      int exitCode, Map<String, String> environment, List<String> flags, String... parts) {
    Map<String, String> before = files();
    try (ServerProcess server = ServerProcess.bare(environment, flags)) {
      int actual = server.awaitEnd();
      String output = server.output();
      assertThat(output).startsWith("mooring: ").contains(parts);
      assertThat(output.strip().lines()).as(output).hasSize(1);
      assertThat(actual).as(output).isEqualTo(exitCode);
    }
    assertThat(files()).isEqualTo(before);
  }

  private List<String> with(String... more) {
    List<String> flags = new ArrayList<>(addresses());
    flags.add("--data-dir=" + data());
    flags.addAll(List.of(more));
    return flags;
  }

  /** Every file below that holds something, with size and time of change. */
  private Map<String, String> files() {
    Map<String, String> files = new TreeMap<>();
    try (Stream<Path> all = Files.walk(temp)) {
      for (Path path : all.filter(Files::isRegularFile).toList()) {
        String name = path.getFileName().toString();
        // Prepared room of the log and the table of LMDB's readers may go and come.
        if (!name.endsWith(".tmp") && !name.equals("lock.mdb")) {
          files.put(path.toString(), Files.size(path) + " " + Files.getLastModifiedTime(path));
        }
      }
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
    return files;
  }

  /** A used directory, its member stopped cleanly; returns the header of its last write. */
  private ResponseHeader use(Path directory, String... flags) {
    try (ServerProcess server = ServerProcess.mooring(directory, Tools.freePort(), flags)) {
      ResponseHeader header = put(server);
      server.sigterm();
      server.awaitEnd();
      return header;
    }
  }

  private static ResponseHeader put(ServerProcess server) {
    PutRequest put = PutRequest.newBuilder().setKey(ByteString.copyFromUtf8("k")).build();
    try (RawClient client = new RawClient(server.clientPort())) {
      return client
          .call("etcdserverpb.KV/Put", put, PutResponse.getDefaultInstance())
          .value()
          .getHeader();
    }
  }

  @Test
  @Covers({"B63", "B65", "B73", "B76"})
  void settings() throws IOException {
    assertRefused(2, with("--data-dri=x"), "unknown flag \"--data-dri\"", "--data-dir?");
    assertRefused(1, with("stray"), "unexpected argument \"stray\"");
    assertRefused(
        1,
        List.of("--data-dir=" + data(), "--listen-peer-urls=http://example.com:2380"),
        "listen-peer-urls",
        "http://example.com:2380");
    assertRefused(1, with("--storage-engine=lmbd"), "storage-engine: \"lmbd\"", "lmdb?");
    assertRefused(
        1, Map.of("ETCD_HEARTBEAT_INTERVAL", "soon"), with(), "heartbeat-interval", "soon");
    Path file = Files.writeString(temp.resolve("mooring.yml"), "name: [a\n");
    assertRefused(1, with("--config-file=" + file), "mooring.yml", "line");
    assertThat(data()).doesNotExist();
  }

  @Test
  @Covers("B74")
  void portsInUse() throws IOException {
    try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"))) {
      String url = ServerProcess.url(taken.getLocalPort());
      for (String flag :
          List.of("--listen-client-urls", "--listen-peer-urls", "--listen-metrics-urls")) {
        assertRefused(1, with(flag + "=" + url), flag.substring(2), url, "cannot listen", "in use");
      }
      assertThat(data()).doesNotExist();
    }
  }

  @Test
  @Covers("B72")
  void directoriesThatCannotBeUsed() throws IOException {
    assertRefused(1, with("--data-dir=/proc/mooring"), "data-dir: /proc/mooring: ");
    Path file = Files.writeString(temp.resolve("file"), "a file");
    assertRefused(1, with("--data-dir=" + file), "data-dir: " + file, "is not a directory");
    try (ServerProcess holder = ServerProcess.mooring(data(), Tools.freePort())) {
      long revision = put(holder).getRevision();
      try (ServerProcess second = ServerProcess.bare(Map.of(), with())) {
        assertThat(second.awaitEnd()).isEqualTo(1);
        assertThat(second.output().strip().lines()).hasSize(1);
        assertThat(second.output()).contains("data-dir: " + data(), "in use by another process");
      }
      assertThat(put(holder).getRevision()).isEqualTo(revision + 1);
    }
  }

  @Test
  @Covers({"B67", "B73", "B88", "S18", "S21", "F20"})
  void directoriesOfOthers() throws IOException {
    ResponseHeader used = use(data());
    // As etcd: what concerns only the first start of a cluster is ignored later.
    ResponseHeader again = use(data(), "--initial-cluster-token=other");
    assertThat(again.getClusterId()).isEqualTo(used.getClusterId());
    assertThat(again.getMemberId()).isEqualTo(used.getMemberId());
    assertThat(again.getRevision()).isEqualTo(used.getRevision() + 1);

    assertRefused(
        1, with("--storage-engine=memory"), "data-dir: " + data(), "engine lmdb", "for memory");

    Path format = data().resolve("FORMAT");
    String text = Files.readString(format);
    Files.writeString(format, text.replace("\nformat=1", "\nformat=2"));
    assertRefused(1, with(), "format 2 written by Mooring", "reads up to format 1");
    Files.writeString(format, text);

    Path log = data().resolve("member/log");
    Path away = temp.resolve("away");
    Files.move(log, away);
    assertRefused(1, with(), "member/log is missing");
    Path other = temp.resolve("other");
    use(other, "--initial-cluster-token=other");
    Files.move(other.resolve("member/log"), log);
    assertRefused(1, with(), "data-dir: " + data(), "belongs to member");
    Files.move(log, other.resolve("member/log"));
    Files.move(away, log);
    assertThat(use(data()).getRevision()).isEqualTo(again.getRevision() + 1);
  }

  @Test
  void helpAndVersionTouchNothing() {
    for (String flag : List.of("--help", "-h", "--version")) {
      try (ServerProcess server = ServerProcess.bare(Map.of(), List.of(flag))) {
        assertThat(server.awaitEnd()).isZero();
        assertThat(server.output()).contains(flag.equals("--version") ? "3.7" : "--data-dir");
      }
    }
    assertThat(files()).isEmpty();
  }
}
