package io.mooring.it.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.mooring.api.etcdserverpb.StatusResponse;
import io.mooring.api.testing.Covers;
import io.mooring.it.Etcdctl;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Members that change their address, that join in several attempts, and that exist twice. */
class MoveIT {

  private static final Duration LIMIT = Duration.ofSeconds(20);

  @TempDir Path temp;

  @Test
  @Covers("R20")
  void aMemberIsFoundAtItsNewAddress() {
    try (ServerCluster cluster = ServerCluster.start(temp, Program.mooring("memory"), 3)) {
      int moving = (cluster.awaitLeader() + 1) % 3;
      int through = (moving + 1) % 3;
      long id = cluster.memberId(moving);
      String before = cluster.peerUrl(moving);
      cluster.kill9(moving);
      cluster.moves(through, moving, id);
      Etcdctl ctl = new Etcdctl(List.of(cluster.clientPorts().get(through)));
      assertThat(ctl.run("put", "a", "1").lines()).containsExactly("OK");
      String members = ctl.run("member", "list").text();
      assertThat(members).contains(cluster.peerUrl(moving)).doesNotContain(before);
      cluster.restart(moving);
      cluster.awaitLeader();
      Etcdctl moved = new Etcdctl(List.of(cluster.clientPorts().get(moving)));
      assertThat(moved.run("get", "a").lines()).containsExactly("a", "1");
      // It takes part: without it there would be no majority now.
      cluster.kill9(3 - moving - through);
      cluster.awaitLeaderAmong(moving, through);
      assertThat(moved.run("put", "a", "2").lines()).containsExactly("OK");
    }
  }

  @Test
  void whoeverHasNotHeardAnythingYetMayStopAndTryAgain() {
    try (ServerCluster cluster = ServerCluster.start(temp, Program.mooring("lmdb"), 3)) {
      Etcdctl ctl = new Etcdctl(cluster.clientPorts());
      assertThat(ctl.run("put", "a", "1").lines()).containsExactly("OK");
      int joiner = cluster.announceLearner(0, Program.mooring("lmdb"));
      // It may ask who they are, but nothing that they begin to say arrives.
      cluster.net().refuse(joiner, true);
      for (int attempt = 0; attempt < 3; attempt++) {
        cluster.restart(joiner);
        Awaitility.await()
            .atMost(LIMIT)
            .failFast(() -> assertThat(cluster.isAlive(joiner)).as(cluster.output(joiner)).isTrue())
            .until(() -> cluster.output(joiner).contains("connected to member"));
        assertThat(cluster.status(joiner)).isNull();
        if (attempt == 1) {
          cluster.sigterm(joiner);
        } else {
          cluster.kill9(joiner);
        }
      }
      cluster.net().refuse(joiner, false);
      cluster.restart(joiner);
      cluster.awaitLeader();
      StatusResponse status = cluster.status(joiner);
      assertThat(status).isNotNull();
      Etcdctl itself = new Etcdctl(List.of(cluster.clientPorts().get(joiner)));
      assertThat(itself.run("get", "--consistency=s", "a").lines()).containsExactly("a", "1");
    }
  }

  /**
   * The copy has the same id and nobody's address: the others refuse it by name. It hears of no
   * vote, so it gives none, and never serves; the one that is in the members' table goes on as if
   * nothing were.
   */
  @Test
  @Covers("F29")
  void aCopyOfAMemberTakesNoPart() throws IOException {
    try (ServerCluster cluster = ServerCluster.start(temp, Program.mooring("lmdb"), 3)) {
      Etcdctl ctl = new Etcdctl(cluster.clientPorts());
      assertThat(ctl.run("put", "a", "1").lines()).containsExactly("OK");
      int original = (cluster.awaitLeader() + 1) % 3;
      cluster.kill9(original);
      Path copied = temp.resolve("copy");
      try (Stream<Path> files = Files.walk(cluster.dataDir(original))) {
        for (Path file : files.toList()) {
          Files.copy(file, copied.resolve(cluster.dataDir(original).relativize(file).toString()));
        }
      }
      cluster.restart(original);
      int leader = cluster.awaitLeader();
      long term = term(cluster, leader);
      try (Member copy = cluster.stranger("m" + original, Program.mooring("lmdb"), copied)) {
        Awaitility.await()
            .atMost(LIMIT)
            .until(() -> copy.output().contains("is here already, from another process"));
        // Several election timeouts, in which it asks and gets no votes.
        Awaitility.await()
            .during(Duration.ofSeconds(4))
            .atMost(LIMIT)
            .until(() -> copy.status() == null && term(cluster, leader) == term);
        assertThat(cluster.awaitLeader()).isEqualTo(leader);
        assertThat(ctl.run("put", "a", "2").lines()).containsExactly("OK");
        // With the leader gone the other two elect one of them, with the copy still asking.
        cluster.kill9(leader);
        int next = cluster.awaitLeaderAmong(others(leader));
        Etcdctl rest = new Etcdctl(List.of(cluster.clientPorts().get(next)));
        assertThat(rest.run("put", "a", "3").lines()).containsExactly("OK");
        assertThat(copy.status()).isNull();
      }
    }
  }

  private static int[] others(int member) {
    return new int[] {(member + 1) % 3, (member + 2) % 3};
  }

  private static long term(ServerCluster cluster, int member) {
    StatusResponse status = cluster.status(member);
    return status == null ? -1 : status.getRaftTerm();
  }
}
