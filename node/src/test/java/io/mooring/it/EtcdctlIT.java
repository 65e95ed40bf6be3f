package io.mooring.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.mooring.golden.GoldenFile;
import io.mooring.it.Etcdctl.Printed;
import io.mooring.it.Etcdctl.Running;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Sessions of real {@code etcdctl}. The transcripts are what real etcd answers, which is tested
 * too: write them by {@code -Dgolden.rewrite=true -Dit.test=EtcdctlIT#etcdAnswersAsWritten}.
 */
class EtcdctlIT {

  private static final String TRANSCRIPTS = "io/mooring/it/etcdctl";

  /** One for all: that engines answer alike is shown by calls, which cost less than processes. */
  private static final String ENGINE = System.getProperty("etcdctl.engine", "lmdb");

  private static final Duration LIMIT = Duration.ofSeconds(30);

  @TempDir Path temp;

  @Test
  void etcdAnswersAsWritten() {
    for (Path transcript : GoldenFile.in(TRANSCRIPTS)) {
      try (ServerProcess etcd = ServerProcess.etcd(temp.resolve(transcript.getFileName()))) {
        play(transcript, etcd.clientPort());
      }
    }
  }

  @Test
  void mooringAnswersAsWritten() {
    for (Path transcript : GoldenFile.in(TRANSCRIPTS)) {
      try (TestNode mooring = TestNode.start(temp.resolve(transcript.getFileName()), ENGINE)) {
        play(transcript, mooring.clientPort());
      }
    }
  }

  private static void play(Path transcript, int clientPort) {
    try (EtcdctlTranscript player = new EtcdctlTranscript(new Etcdctl(clientPort))) {
      GoldenFile.check(transcript, player);
    }
  }

  @Test
  void theEndpointAndItsMemberShowWhatTheyAre() {
    try (TestNode mooring = TestNode.start(temp, "memory")) {
      Etcdctl etcdctl = new Etcdctl(mooring.clientPort());
      String endpoint = "127.0.0.1:" + mooring.clientPort();
      assertThat(etcdctl.run("endpoint", "health").text())
          .startsWith(endpoint + " is healthy: successfully committed proposal: took = ");
      // endpoint, id, version, size, leader, learner, term, index, applied index, errors
      String[] status = etcdctl.run("endpoint", "status").text().split(", ?", -1);
      assertThat(status).hasSize(10);
      assertThat(status[0]).isEqualTo(endpoint);
      assertThat(status[1]).matches("[0-9a-f]{1,16}");
      assertThat(status[2]).matches("3\\.7\\.\\d+");
      assertThat(status[4]).isEqualTo("true");
      assertThat(status[5]).isEqualTo("false");
      assertThat(status[9]).isEmpty();
      String[] member = etcdctl.run("member", "list").text().split(", ", -1);
      assertThat(member).hasSize(6);
      assertThat(member[0]).isEqualTo(status[1]);
      assertThat(member[1]).isEqualTo("started");
      assertThat(member[2]).isEqualTo("default");
      assertThat(member[3]).startsWith("http://");
      assertThat(member[4]).startsWith("http://127.0.0.1:");
      assertThat(member[5]).isEqualTo("false");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"snapshot save SNAPSHOT", "user list", "auth enable"})
  void whatIsNotServedYetSaysSo(String command) {
    try (TestNode mooring = TestNode.start(temp.resolve("data"), "memory")) {
      Path snapshot = temp.resolve("snapshot");
      Etcdctl etcdctl = new Etcdctl(mooring.clientPort());
      Printed printed = etcdctl.run(command.replace("SNAPSHOT", snapshot.toString()).split(" "));
      assertThat(printed.exitCode()).isNotZero();
      assertThat(printed.text())
          .contains("code = Unimplemented desc = mooring: ")
          .contains("not available yet");
      assertThat(Files.exists(snapshot)).isFalse();
      assertThat(etcdctl.run("put", "still", "here").text()).isEqualTo("OK");
    }
  }

  /** The client's own resumption, over a crash: nothing missed, nothing twice. */
  @Test
  void aWatchGoesOnWhereItWasAfterACrash() {
    int port = Tools.freePort();
    Path data = temp.resolve("data");
    String[] flags = {"--storage-engine", ENGINE};
    ServerProcess first = ServerProcess.mooring(data, port, flags);
    Etcdctl etcdctl = new Etcdctl(port);
    try (Running watch = etcdctl.start(List.of("watch", "--prefix", "k", "--rev", "1"))) {
      assertThat(etcdctl.run("put", "k1", "before").text()).isEqualTo("OK");
      awaitLines(watch, 3);
      first.kill9();
      try (ServerProcess second = ServerProcess.mooring(data, port, flags)) {
        assertThat(etcdctl.run("put", "k2", "after").text()).isEqualTo("OK");
        assertThat(etcdctl.run("del", "k1").text()).isEqualTo("1");
        awaitLines(watch, 9);
        assertThat(watch.lines())
            .containsExactly("PUT", "k1", "before", "PUT", "k2", "after", "DELETE", "k1", "");
        assertThat(second.isAlive()).isTrue();
      }
    } finally {
      first.close();
    }
  }

  private static void awaitLines(Running program, int count) {
    Awaitility.await().atMost(LIMIT).until(() -> program.lines().size() >= count);
  }
}
