package io.mooring.boot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.mooring.api.etcdserverpb.Member;
import io.mooring.api.testing.Covers;
import io.mooring.base.Check;
import io.mooring.boot.ClusterProbe.Found;
import io.mooring.boot.config.CommandLineParser;
import io.mooring.boot.config.ConfigReader;
import io.mooring.boot.config.NodeConfig;
import io.mooring.boot.config.Settings;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class BootstrapTest {

  private static final String PROCFILE =
      "--initial-cluster-token etcd-cluster-1 --initial-cluster "
          + "infra1=http://127.0.0.1:12380,infra2=http://127.0.0.1:22380,"
          + "infra3=http://127.0.0.1:32380";

  private static final String NOBODY =
      "cannot fetch cluster info from peer urls: could not retrieve cluster information from the"
          + " given URLs";

  private final List<URI> asked = new ArrayList<>();

  private static NodeConfig config(String line) {
    return ConfigReader.read(
        Settings.resolve(CommandLineParser.parse(line.split(" ")).flags(), Map.of()),
        Set.of("lmdb"));
  }

  private Bootstrap bootstrap(String line, @Nullable Found answer) {
    return Bootstrap.of(
        config(line),
        urls -> {
          asked.addAll(urls);
          return answer;
        });
  }

  private Bootstrap procfile(int number, String more, @Nullable Found answer) {
    return bootstrap(
        "--name infra%d --initial-advertise-peer-urls http://127.0.0.1:%d2380 %s%s"
            .formatted(number, number, PROCFILE, more),
        answer);
  }

  private static Member member(long id, String name, String... urls) {
    return Member.newBuilder().setID(id).setName(name).addAllPeerURLs(List.of(urls)).build();
  }

  /** What the three of the Procfile look like from a running member; the third one is new. */
  private static Found running(String nameOfThird) {
    return new Found(
        0xc1,
        List.of(
            member(1, "infra1", "http://127.0.0.1:12380"),
            member(2, "infra2", "http://127.0.0.1:22380"),
            member(3, nameOfThird, "http://127.0.0.1:32380")));
  }

  private void assertRefused(String line, @Nullable Found answer, String... parts) {
    assertThatThrownBy(() -> bootstrap(line, answer))
        .isInstanceOf(StartException.class)
        .hasMessageStartingWith("initial-cluster: ")
        .hasMessageContainingAll(parts)
        .hasMessageNotContaining("\n");
  }

  /** A mistyped directory must not come up as an empty cluster in place of the lost one. */
  @Test
  void noNewClusterIsForcedOutOfNothing() {
    assertThatThrownBy(() -> bootstrap("--data-dir typo --force-new-cluster", null))
        .isInstanceOf(StartException.class)
        .hasMessageContaining("typo holds no member");
  }

  @Test
  void foundersOfANewClusterAgreeOnItsFirstEntry() {
    Bootstrap first = procfile(1, "", null);
    assertThat(asked)
        .containsExactlyInAnyOrder(
            URI.create("http://127.0.0.1:22380"), URI.create("http://127.0.0.1:32380"));
    Bootstrap third = procfile(3, "", null);
    assertThat(first.founding()).isEqualTo(third.founding());
    assertThat(Long.toHexString(first.identity().clusterId())).isEqualTo("ef37ad9dc622a7c4");
    assertThat(Long.toHexString(first.identity().memberId())).isEqualTo("8211f1d0f64f3269");
    assertThat(Long.toHexString(third.identity().memberId())).isEqualTo("fd422379fda50e48");
    assertThat(Check.present(first.founding(), "entry").getFoundCluster().getMembersList())
        .extracting(m -> Long.toHexString(m.getID()))
        .containsExactly("8211f1d0f64f3269", "91bc3c398fb3c146", "fd422379fda50e48");
  }

  @Test
  void aMemberAloneAsksNobody() {
    Bootstrap alone = bootstrap("--name default", null);
    assertThat(asked).isEmpty();
    assertThat(Long.toHexString(alone.identity().clusterId())).isEqualTo("cdf818194e3a8c32");
    assertThat(Long.toHexString(alone.identity().memberId())).isEqualTo("8e9e05c52164694d");
  }

  @Test
  @Covers("B66")
  void settingsThatContradictEachOtherAreRefused() {
    assertRefused(
        "--initial-cluster other=http://localhost:2380",
        null,
        "\"other=http://localhost:2380\"",
        "couldn't find local name \"default\" in the initial cluster configuration");
    assertRefused(
        "--initial-cluster default=http://localhost:9",
        null,
        "--initial-cluster has default=http://localhost:9 but missing from"
            + " --initial-advertise-peer-urls=http://localhost:2380 (resolved urls:"
            + " \"http://127.0.0.1:2380\" != \"http://127.0.0.1:9\")");
    assertRefused(
        "--initial-cluster default=http://127.0.0.1:2380,default=http://127.0.0.1:9"
            + " --initial-advertise-peer-urls http://127.0.0.1:2380",
        null,
        "--initial-cluster has default=http://127.0.0.1:9 but missing from"
            + " --initial-advertise-peer-urls=http://127.0.0.1:2380"
            + " (len([\"http://127.0.0.1:2380\"])"
            + " != len([\"http://127.0.0.1:2380\" \"http://127.0.0.1:9\"]))");
    assertRefused(
        "--initial-cluster default=http://127.0.0.1:2380"
            + " --initial-advertise-peer-urls http://127.0.0.1:2380,http://127.0.0.1:9",
        null,
        "--initial-advertise-peer-urls has http://127.0.0.1:9 but missing from"
            + " --initial-cluster=default=http://127.0.0.1:2380,default=http://127.0.0.1:9");
    assertThat(asked).isEmpty();
  }

  @Test
  void hostsAreComparedByWhatTheyResolveTo() {
    Bootstrap bootstrap =
        bootstrap(
            "--initial-advertise-peer-urls http://localhost:2380"
                + " --initial-cluster default=http://127.0.0.1:2380",
            null);
    assertThat(bootstrap.founding()).isNotNull();
  }

  @Test
  @Covers({"B67", "S21"})
  void aFounderThatRanBeforeDoesNotBeginAgain() {
    long cluster = procfile(1, "", null).identity().clusterId();
    long self = procfile(1, "", null).identity().memberId();
    Found started = new Found(cluster, List.of(member(self, "infra1", "http://127.0.0.1:12380")));
    assertThatThrownBy(() -> procfile(1, "", started))
        .isInstanceOf(StartException.class)
        .hasMessageContaining("member 8211f1d0f64f3269 has already been bootstrapped");
    Found notYet = new Found(cluster, List.of(member(self, "", "http://127.0.0.1:12380")));
    assertThat(procfile(1, "", notYet).founding()).isNotNull();
    Found another = new Found(cluster + 1, started.members());
    assertThat(procfile(1, "", another).founding()).isNotNull();
  }

  @Test
  void aJoinerTakesItsIdsFromTheCluster() {
    Bootstrap joined = procfile(3, " --initial-cluster-state existing", running(""));
    assertThat(joined.founding()).isNull();
    assertThat(joined.identity()).isEqualTo(new Identity(0xc1, 3));
    assertThat(joined.members()).isEqualTo(running("").members());
  }

  @Test
  @Covers("S21")
  void aJoinerIsRefusedWhenTheClusterIsNotAsItThinks() {
    String line =
        "--name infra3 --initial-advertise-peer-urls http://127.0.0.1:32380 "
            + PROCFILE
            + " --initial-cluster-state existing";
    assertRefused(line, null, NOBODY);
    assertRefused(line, running("infra3"), "member 3 has already been bootstrapped", "is empty");
    assertRefused(
        line,
        new Found(0xc1, running("").members().subList(0, 2)),
        "error validating peerURLs {ClusterID:c1 Members:["
            + "&{ID:1 RaftAttributes:{PeerURLs:[http://127.0.0.1:12380] IsLearner:false}"
            + " Attributes:{Name:infra1 ClientURLs:[]}}"
            + " &{ID:2 RaftAttributes:{PeerURLs:[http://127.0.0.1:22380] IsLearner:false}"
            + " Attributes:{Name:infra2 ClientURLs:[]}}] RemovedMemberIDs:[]}:"
            + " member count is unequal; add this member first");
    List<Member> moved = new ArrayList<>(running("").members());
    moved.set(1, member(2, "infra2", "http://127.0.0.1:9"));
    assertRefused(
        line,
        new Found(0xc1, moved),
        "error validating peerURLs {ClusterID:c1 ",
        ": PeerURLs: no match found for existing member (2, [http://127.0.0.1:9])");
    assertRefused("--initial-cluster-state existing", null, NOBODY);
  }

  /** Its URLs are the cluster's affair already, announced with member add. */
  @Test
  void aJoinerMayAdvertiseSomethingElse() {
    Bootstrap joined =
        bootstrap(
            "--name infra3 --initial-advertise-peer-urls http://127.0.0.1:9 "
                + PROCFILE
                + " --initial-cluster-state existing",
            running(""));
    assertThat(joined.identity()).isEqualTo(new Identity(0xc1, 3));
  }

  /** Whatever answers at a peer URL is not to be trusted. */
  @Test
  void nonsenseFromAPeerIsRefused() {
    String line =
        "--name infra3 --initial-advertise-peer-urls http://127.0.0.1:32380 "
            + PROCFILE
            + " --initial-cluster-state existing";
    List<Member> good = running("").members();
    List<Found> nonsense =
        List.of(
            new Found(0, good),
            new Found(1, List.of()),
            new Found(1, List.of(good.get(0), good.get(0), good.get(2))),
            new Found(
                1, List.of(good.get(0), good.get(1), member(0, "", "http://127.0.0.1:32380"))),
            new Found(1, List.of(good.get(0), good.get(1), member(3, ""))),
            new Found(
                1, List.of(good.get(0), good.get(1), member(3, "", "http://127.0.0.1:12380"))));
    for (Found found : nonsense) {
      assertRefused(line, found, "another member answers with a cluster that cannot be");
    }
    assertRefused(
        line,
        new Found(1, List.of(good.get(0), good.get(1), member(3, "", "http://a b"))),
        "another member answers with a peer URL that is none");
  }
}
