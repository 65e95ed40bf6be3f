package io.mooring.boot.config;

import static io.mooring.boot.config.ConfigTestKit.file;
import static io.mooring.boot.config.ConfigTestKit.read;
import static io.mooring.boot.config.ConfigTestKit.settings;
import static org.assertj.core.api.Assertions.assertThat;

import io.mooring.boot.config.NodeConfig.CompactionMode;
import java.net.URI;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LayersTest {

  @TempDir Path directory;

  @Test
  void defaultsAreEtcdsExceptWhereWeDepart() {
    NodeConfig config = read();
    assertThat(config.name()).isEqualTo("default");
    assertThat(config.dataDir()).isEqualTo(Path.of("default.mooring"));
    assertThat(config.urls().listenClient()).containsExactly(URI.create("http://localhost:2379"));
    assertThat(config.urls().listenPeer()).containsExactly(URI.create("http://localhost:2380"));
    assertThat(config.urls().listenMetrics()).isEmpty();
    assertThat(config.cluster().members())
        .isEqualTo(Map.of("default", List.of(URI.create("http://localhost:2380"))));
    assertThat(config.limits()).isEqualTo(new NodeConfig.Limits(0, 1_572_864, 128, 10_000));
    assertThat(config.timing()).isEqualTo(new NodeConfig.Timing(100, 1000, 600_000_000_000L));
    assertThat(config.compaction().mode()).isEqualTo(CompactionMode.OFF);
    assertThat(config.logs().level()).isEqualTo("INFO");
    assertThat(config.logs().outputs()).containsExactly("stderr");
  }

  @ParameterizedTest
  @ValueSource(strings = {"--name m1", "--name=m1", "-name m1", "-name=m1", "start --name m1"})
  void everyWayToWriteAFlagWorks(String line) {
    assertThat(read(line.split(" ")).name()).isEqualTo("m1");
  }

  @Test
  void aRepeatedFlagTakesItsLastValue() {
    assertThat(read("--name", "a", "--name", "b").name()).isEqualTo("b");
  }

  @Test
  void negativeNumbersAreValues() {
    assertThat(read("--quota-backend-bytes", "-1").limits().quotaBytes()).isZero();
  }

  @Test
  void flagBeatsEnvironmentBeatsFileBeatsDefault() throws Exception {
    String file = file(directory, "name: of-file\nmax-txn-ops: 7\nheartbeat-interval: 50\n");
    Map<String, String> environment =
        Map.of("ETCD_NAME", "of-environment", "ETCD_MAX_TXN_OPS", "8", "ETCD_CONFIG_FILE", file);
    NodeConfig config = read(environment, "--name", "of-flag");
    assertThat(config.name()).isEqualTo("of-flag");
    assertThat(config.limits().maxTxnOps()).isEqualTo(8);
    assertThat(config.timing().heartbeatMs()).isEqualTo(50);
    assertThat(config.timing().electionTimeoutMs()).isEqualTo(1000);
  }

  @Test
  void eachShadowedValueIsNotedOnce() throws Exception {
    String file = file(directory, "name: of-file\n");
    Map<String, String> environment = Map.of("ETCD_NAME", "e", "MOORING_NAME", "m");
    Settings settings = settings(environment, "--config-file", file);
    assertThat(settings.get("name").value()).isEqualTo("m");
    assertThat(settings.notes())
        .containsExactly(
            "environment ETCD_NAME is shadowed by environment MOORING_NAME for name",
            file + " is shadowed by environment MOORING_NAME for name");
  }

  @Test
  void anEmptyVariableIsUnsetAndAnUnknownOneIsOnlyNoted() {
    Map<String, String> environment =
        Map.of("ETCD_NAME", "", "ETCD_SERVICE_HOST", "10.0.0.1", "ETCDCTL_API", "3");
    Settings settings = settings(environment);
    assertThat(settings.get("name").value()).isEqualTo("default");
    assertThat(settings.notes())
        .containsExactly("unknown environment variable ETCD_SERVICE_HOST is ignored");
  }

  @Test
  void aFileMayBeJsonAndHasEtcdsForms() throws Exception {
    String file =
        file(
            directory,
            """
            {"name": "j", "log-outputs": ["stderr", "/tmp/x.log"],
             "watch-progress-notify-interval": 5000000000,
             "auto-compaction-mode": "periodic", "auto-compaction-retention": "2",
             "client-transport-security": {"cert-file": "", "client-cert-auth": false},
             "pre-vote": true, "initial-cluster": null}
            """);
    NodeConfig config = read("--config-file", file);
    assertThat(config.name()).isEqualTo("j");
    assertThat(config.logs().outputs()).containsExactly("stderr", "/tmp/x.log");
    assertThat(config.timing().progressNotifyNs()).isEqualTo(5_000_000_000L);
    assertThat(config.compaction())
        .isEqualTo(new NodeConfig.Compaction(CompactionMode.PERIODIC, 7_200_000_000_000L));
  }

  @Test
  void flagsWithoutEffectAreNoted() {
    CommandLineParser.Parsed parsed =
        CommandLineParser.parse("--experimental-foo", "bar", "--max-wals=3", "--enable-pprof=true");
    Settings settings = Settings.resolve(parsed.flags(), Map.of());
    assertThat(parsed.notes()).hasSize(1).allMatch(note -> note.contains("experimental-foo"));
    assertThat(settings.notes())
        .anyMatch(note -> note.startsWith("max-wals is accepted"))
        .anyMatch(note -> note.startsWith("enable-pprof is accepted"));
  }

  @Test
  void helpAndVersionAreActions() {
    for (String word : List.of("-h", "--help", "-help")) {
      assertThat(CommandLineParser.parse(word).action()).isEqualTo(CommandLineParser.Action.HELP);
    }
    assertThat(CommandLineParser.parse("--version").action())
        .isEqualTo(CommandLineParser.Action.VERSION);
    assertThat(CommandLineParser.parse().action()).isEqualTo(CommandLineParser.Action.START);
  }

  @Test
  void helpNamesEveryFlag() {
    for (Flag flag : FlagCatalogue.instance().all()) {
      assertThat(Help.text()).contains(" --" + flag.name() + " ");
    }
    assertThat(Help.text().lines()).allMatch(line -> line.length() <= 100, "at most 100 columns");
  }
}
