package io.mooring.it.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.mooring.api.etcdserverpb.StatusResponse;
import io.mooring.api.testing.Covers;
import io.mooring.it.Etcdctl;
import io.mooring.it.Etcdctl.Printed;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Members come, are promoted, lead and go, as operators have them do it with etcdctl. */
class MembershipIT {

  private static final Duration LIMIT = Duration.ofSeconds(30);

  @TempDir Path temp;

  @Test
  @Covers({"R20", "R22", "F23"})
  void membersComeAndGo() {
    try (ServerCluster cluster = ServerCluster.start(temp, Program.mooring("memory"), 3)) {
      Etcdctl all = new Etcdctl(cluster.clientPorts());
      assertThat(all.run("put", "a", "1").lines()).containsExactly("OK");
      moveLeader(cluster, all);
      int learner = cluster.announceLearner(0, Program.mooring("memory"));
      learnerJoins(cluster, all, learner);
      leaderIsRemoved(cluster, learner);
    }
  }

  private static void moveLeader(ServerCluster cluster, Etcdctl all) {
    int leader = cluster.awaitLeader();
    int next = (leader + 1) % 3;
    String from = hex(cluster.memberId(leader));
    String to = hex(cluster.memberId(next));
    assertThat(all.run("move-leader", to).lines())
        .containsExactly("Leadership transferred from " + from + " to " + to);
    assertThat(cluster.awaitLeader()).isEqualTo(next);
    assertThat(all.run("move-leader", "123").text()).endsWith("etcdserver: bad leader transferee");
    Etcdctl follower = new Etcdctl(List.of(cluster.clientPorts().get(leader)));
    assertThat(follower.run("move-leader", to).text()).contains("no leader endpoint given");
    List<String> statuses = all.run("endpoint", "status").lines();
    assertThat(statuses).hasSize(3);
    assertThat(statuses.stream().filter(line -> line.contains(", true, false, "))).hasSize(1);
  }

  private static void learnerJoins(ServerCluster cluster, Etcdctl all, int learner) {
    Etcdctl voters = new Etcdctl(cluster.clientPorts().subList(0, 3));
    String line = lineOf(voters, cluster.peerUrl(learner));
    assertThat(line).contains(", unstarted, , ").endsWith(", true");
    String id = line.substring(0, line.indexOf(','));
    assertThat(all.run("member", "promote", id).text())
        .endsWith("etcdserver: can only promote a learner member which is in sync with leader");
    assertThat(all.run("member", "add", "x", "--learner", "--peer-urls=http://127.0.0.1:1").text())
        .endsWith("etcdserver: too many learner members in cluster");

    cluster.restart(learner);
    Awaitility.await()
        .atMost(LIMIT)
        .until(
            () -> {
              StatusResponse status = cluster.status(learner);
              return status != null && status.getIsLearner() && status.getLeader() != 0;
            });
    Etcdctl itself = new Etcdctl(List.of(cluster.clientPorts().get(learner)));
    assertThat(itself.run("put", "b", "2").text())
        .endsWith("etcdserver: rpc not supported for learner");
    assertThat(itself.run("get", "--consistency=s", "a").lines()).containsExactly("a", "1");

    int follower = Stream.of(0, 1, 2).filter(i -> i != cluster.awaitLeader()).findFirst().get();
    Etcdctl through = new Etcdctl(List.of(cluster.clientPorts().get(follower)));
    Printed promoted =
        Awaitility.await()
            .atMost(LIMIT)
            .until(() -> through.run("member", "promote", id), done -> done.exitCode() == 0);
    assertThat(promoted.text()).startsWith(member(id) + " promoted in cluster");
    assertThat(through.run("member", "promote", id).text())
        .endsWith("etcdserver: can only promote a learner member");
    assertThat(itself.run("get", "a").lines()).containsExactly("a", "1");
  }

  private static void leaderIsRemoved(ServerCluster cluster, int other) {
    int leader = cluster.awaitLeader();
    String id = hex(cluster.memberId(leader));
    Etcdctl through = new Etcdctl(List.of(cluster.clientPorts().get(other)));
    if (leader == other) {
      throw new AssertionError("nothing has made the newcomer lead");
    }
    // Links must have lasted five seconds before a removal counts on them.
    Printed removed =
        Awaitility.await()
            .atMost(LIMIT)
            .until(() -> through.run("member", "remove", id), done -> done.exitCode() == 0);
    assertThat(removed.text()).startsWith(member(id) + " removed from cluster");
    assertThat(cluster.awaitEnd(leader)).isZero();
    assertThat(cluster.output(leader))
        .contains("the member has been permanently removed from the cluster");
    cluster.awaitLeader();
    assertThat(through.run("put", "c", "3").lines()).containsExactly("OK");
    assertThat(through.run("member", "remove", id).text()).endsWith("etcdserver: member not found");
    // It has forgotten nothing, but nobody takes it in again.
    cluster.restart(leader);
    assertThat(cluster.awaitEnd(leader)).isZero();
  }

  private static String lineOf(Etcdctl ctl, String peerUrl) {
    return ctl.run("member", "list").lines().stream()
        .filter(line -> line.contains(peerUrl))
        .findFirst()
        .orElseThrow();
  }

  /** As etcdctl says it: an id that begins with a zero has a space there. */
  private static String member(String id) {
    return "Member %16s".formatted(id);
  }

  private static String hex(long id) {
    return Long.toHexString(id);
  }
}
