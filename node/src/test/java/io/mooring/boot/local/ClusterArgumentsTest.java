package io.mooring.boot.local;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.mooring.boot.StartException;
import io.mooring.boot.config.ConfigException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ClusterArgumentsTest {

  private static final PrintStream OUT =
      new PrintStream(OutputStream.nullOutputStream(), false, StandardCharsets.UTF_8);
  private static final Set<String> ENGINES = Set.of("lmdb", "memory", "rocksdb");

  @TempDir Path directory;

  private static ClusterArguments parse(String word, String... words) {
    return ClusterArguments.parse(word, List.of(words), ENGINES);
  }

  private static void assertRefused(String why, String word, String... words) {
    assertThatThrownBy(() -> parse(word, words).enginesOfAll("lmdb"))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining(why);
  }

  @Test
  void threeMembersOnTheDefaultEngineUnlessToldOtherwise() {
    assertThat(parse("start").enginesOfAll("lmdb")).containsExactly("lmdb", "lmdb", "lmdb");
    assertThat(parse("start", "--nodes", "1").enginesOfAll("lmdb")).containsExactly("lmdb");
    assertThat(parse("start", "-storage-engine=memory", "--nodes=2").enginesOfAll("lmdb"))
        .containsExactly("memory", "memory");
    assertThat(parse("start", "--storage-engine", "rocksdb,lmdb").enginesOfAll("lmdb"))
        .containsExactly("rocksdb", "lmdb");
  }

  @Test
  void whatCannotBeUsedIsNamed() {
    assertRefused("nodes: \"0\": must be a number from 1 to 6", "start", "--nodes=0");
    assertRefused("nodes: \"x\"", "start", "--nodes", "x");
    assertRefused("flag --nodes needs a value", "start", "--nodes");
    assertRefused("unknown flag --node", "start", "--node=3");
    assertRefused("storage-engine: \"lmbd\"", "start", "--storage-engine", "lmdb,lmbd");
    assertRefused("2 engines for 3 members", "start", "--storage-engine=lmdb,lmdb", "--nodes=3");
    assertRefused("unexpected argument 2", "stop", "2");
    assertRefused("cluster kill needs the number of a member", "kill");
    assertRefused("member: \"7\"", "kill", "7");
  }

  @Test
  void aClusterThatIsThereIsNotTakenForAnother() {
    new LocalCluster(directory, List.of("lmdb"), 100, List.of("--log-level=debug")).save();
    assertHolds("with --port-offset 100, not 200", "--port-offset=200");
    assertHolds("with --port-offset 100, not 0", "--port-offset=0");
    assertHolds("of 1 members (lmdb)", "--nodes=3");
    assertHolds(
        "whose members have the flags (--log-level=debug), not (--pre-vote=false)",
        "--",
        "--pre-vote=false");
  }

  private void assertHolds(String what, String... said) {
    List<String> words = new ArrayList<>(List.of("start", "--dir=" + directory));
    words.addAll(List.of(said));
    assertThatThrownBy(() -> ClusterCommand.run(words, ENGINES, "lmdb", List.of("/bin/false"), OUT))
        .isInstanceOf(StartException.class)
        .hasMessageContaining(directory + " holds one " + what);
  }

  @Test
  void aStrayWordIsNoFlagThatCannotBeParsed() {
    assertThatThrownBy(() -> parse("start", "now"))
        .isInstanceOfSatisfying(
            ConfigException.class, refused -> assertThat(refused.exitCode()).isEqualTo(1));
    assertThatThrownBy(() -> parse("start", "--now"))
        .isInstanceOfSatisfying(
            ConfigException.class, refused -> assertThat(refused.exitCode()).isEqualTo(2));
  }

  @Test
  void membersHaveTheNamesAndPortsOfEtcdsProcfile() {
    LocalCluster cluster =
        new LocalCluster(directory, List.of("lmdb", "memory", "rocksdb"), 0, List.of());
    assertThat(cluster.members()).extracting(LocalMember::name).contains("infra1", "infra3");
    assertThat(cluster.members())
        .extracting(LocalMember::clientPort)
        .containsExactly(2379, 22379, 32379);
    assertThat(cluster.members())
        .extracting(LocalMember::peerPort)
        .containsExactly(12380, 22380, 32380);
  }

  @Test
  void whatACommandWroteDownTheNextOneReads() {
    ClusterArguments said = parse("start", "--port-offset", "7", "--", "--log-level", "debug");
    LocalCluster cluster =
        new LocalCluster(
            directory.resolve("new"),
            said.enginesOfAll("lmdb"),
            said.portOffsetOfNew(),
            said.flags());
    cluster.save();
    assertThat(LocalCluster.load(cluster.directory())).isEqualTo(cluster);
    assertThat(cluster.arguments(cluster.member(1)))
        .startsWith("start")
        .endsWith("--log-level", "debug")
        .contains("--listen-client-urls=http://127.0.0.1:2386");
  }
}
