package io.mooring.it;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import io.mooring.api.etcdserverpb.PutRequest;
import io.mooring.api.etcdserverpb.PutResponse;
import io.mooring.api.etcdserverpb.RangeRequest;
import io.mooring.api.etcdserverpb.RangeResponse;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code mooring cluster} and {@code mooring demo}, as somebody who tries them out. */
class LocalClusterIT {

  private static final int[] PORTS = {2379, 12380, 22379, 22380, 32379, 32380};
  private static final int MAX_OFFSET = 380;

  @TempDir Path temp;

  private final int offset = freeOffset();

  /** One at which all ports are free; several runs on one machine find different ones. */
  private static int freeOffset() {
    int from = (int) (ProcessHandle.current().pid() % MAX_OFFSET);
    return IntStream.range(0, MAX_OFFSET)
        .map(i -> (from + i) % MAX_OFFSET)
        .filter(candidate -> IntStream.of(PORTS).allMatch(port -> isFree(port + candidate)))
        .findFirst()
        .orElseThrow();
  }

  private static boolean isFree(int port) {
    try (ServerSocket socket = new ServerSocket()) {
      socket.bind(new InetSocketAddress("127.0.0.1", port));
      return true;
    } catch (IOException e) {
      return false;
    }
  }

  private Path directory() {
    return temp.resolve("cluster");
  }

  /** Runs a command to its end. */
  private String cluster(int exitCode, String... words) {
    List<String> arguments = new ArrayList<>(List.of("cluster"));
    arguments.addAll(List.of(words));
    arguments.addAll(List.of("--dir", directory().toString()));
    try (ServerProcess process = ServerProcess.bare(Map.of(), arguments)) {
      int ended = process.awaitEnd();
      assertThat(ended).as(process.output()).isEqualTo(exitCode);
      return process.output();
    }
  }

  @AfterEach
  void stopWhatRuns() {
    if (Files.exists(directory())) {
      cluster(0, "stop");
    }
  }

  @Test
  void aClusterIsStartedLookedAtHurtMendedAndStopped() {
    String offsetFlag = "--port-offset=" + offset;
    String started = cluster(0, "start", offsetFlag, "--storage-engine=memory,lmdb,rocksdb");
    assertThat(started)
        .containsPattern("infra1 .*memory")
        .containsPattern("infra2 .*lmdb")
        .containsPattern("infra3 .*rocksdb")
        .containsOnlyOnce("leader ")
        .contains("ETCDCTL_ENDPOINTS=http://127.0.0.1:" + (2379 + offset) + ",");
    put(2379 + offset, "before");

    assertThat(cluster(0, "kill", "2")).contains("infra2 killed");
    assertThat(cluster(1, "status")).containsPattern("infra2 +- +stopped");
    assertThat(cluster(1, "kill", "2")).contains("infra2 does not run");
    put(32379 + offset, "without");
    assertThat(cluster(0, "restart", "2")).containsPattern("infra2 +\\d+ +running");
    assertThat(get(22379 + offset, "without")).isEqualTo(1);

    assertThat(cluster(0, "start", offsetFlag)).contains("infra1 runs already as process");
    assertThat(cluster(1, "start", "--nodes=5")).contains("holds one of 3 members");
    assertThat(cluster(0, "stop")).contains("stopped 3 of 3 members");
    assertThat(cluster(1, "status")).containsPattern("infra1 +- +stopped");
  }

  @Test
  void aMemberThatCannotStartSaysWhy() throws IOException {
    try (ServerSocket taken = new ServerSocket()) {
      taken.bind(new InetSocketAddress("127.0.0.1", 2379 + offset));
      assertThat(cluster(1, "start", "--nodes=1", "--port-offset=" + offset))
          .contains("infra1 has ended; its log says:")
          .contains("cannot listen");
    }
  }

  @Test
  void aDemoHasAServiceRegistryAndLeavesNothingBehind() throws IOException {
    Path temporary = Files.createDirectory(temp.resolve("tmp"));
    List<String> command = new ArrayList<>(ServerProcess.javaCommand());
    command.add(1, "-Djava.io.tmpdir=" + temporary);
    command.addAll(List.of("demo", "--storage-engine=memory", "--port-offset=" + offset));
    try (ServerProcess demo = ServerProcess.run(command, Map.of(), 0)) {
      demo.awaitOutput("nothing is left behind");
      assertThat(get(22379 + offset, "/services/")).isEqualTo(10);
      demo.sigterm();
      assertThat(demo.awaitEnd()).isEqualTo(143);
    }
    try (Stream<Path> left = Files.list(temporary)) {
      assertThat(left.filter(path -> path.getFileName().toString().startsWith("mooring-demo")))
          .isEmpty();
    }
  }

  private static void put(int port, String key) {
    PutRequest put = PutRequest.newBuilder().setKey(ByteString.copyFromUtf8(key)).build();
    try (RawClient client = new RawClient(port)) {
      RawClient.Reply<PutResponse> reply =
          client.call("etcdserverpb.KV/Put", put, PutResponse.getDefaultInstance());
      assertThat(reply.ok()).as("%s", reply.status()).isTrue();
    }
  }

  /** How many keys begin with a text. */
  private static long get(int port, String prefix) {
    byte[] end = prefix.getBytes(java.nio.charset.StandardCharsets.UTF_8);
    end[end.length - 1]++;
    RangeRequest range =
        RangeRequest.newBuilder()
            .setKey(ByteString.copyFromUtf8(prefix))
            .setRangeEnd(ByteString.copyFrom(end))
            .build();
    try (RawClient client = new RawClient(port)) {
      RawClient.Reply<RangeResponse> reply =
          client.call("etcdserverpb.KV/Range", range, RangeResponse.getDefaultInstance());
      assertThat(reply.ok()).as("%s", reply.status()).isTrue();
      return reply.value().getCount();
    }
  }
}
