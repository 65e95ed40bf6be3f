package io.mooring.boot.config;

import static io.mooring.boot.config.ConfigTestKit.file;
import static io.mooring.boot.config.ConfigTestKit.read;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.mooring.api.testing.Covers;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Every refusal is one line that names key, value and rule. */
class BadConfigTest {

  @TempDir Path directory;

  private static void assertRefused(String line, String... parts) {
    ConfigException refusal =
        catchThrowableOfType(ConfigException.class, () -> read(line.split(" ")));
    assertThat(refusal).as("nothing refused in: " + line).isNotNull();
    assertThat(refusal.getMessage()).contains(parts).doesNotContain("\n");
    assertThat(refusal.exitCode()).isBetween(1, 2);
  }

  private void assertFileRefused(String text, String... parts) throws Exception {
    assertRefused("--config-file " + file(directory, text), parts);
  }

  @Test
  @Covers("B63")
  void unknownFlagsAndKeysAreRefusedWithTheNearest() throws Exception {
    assertRefused("--data-dri /tmp/x", "unknown flag \"--data-dri\"", "did you mean --data-dir?");
    assertRefused("-nmae=x", "\"--nmae\"", "--name?");
    assertRefused("--qqqqqqqqqqqqqqq", "unknown flag");
    assertRefused("--enable-v2", "unknown flag");
    assertRefused("stray", "unexpected argument \"stray\"");
    assertRefused("--name", "name");
    assertFileRefused("data-dirr: /tmp/x\n", "unknown key \"data-dirr\"", "data-dir?");
    assertFileRefused("client-transport-security: {cert-fil: x}\n", "cert-fil", "cert-file?");
  }

  @ParameterizedTest
  @Covers({"B64", "B68", "B69", "B75"})
  @CsvSource(
      delimiter = '|',
      value = {
        "--heartbeat-interval 0 | heartbeat-interval: \"0\": must be from 1",
        "--heartbeat-interval x | heartbeat-interval: \"x\": must be a whole number",
        "--election-timeout 0 | election-timeout: \"0\": must be from 1",
        "--election-timeout 50001 | to 50000",
        "--heartbeat-interval 100 --election-timeout 499 | at least 5 times heartbeat-interval",
        "--quota-backend-bytes 9223372036854775807 | quota-backend-bytes",
        "--quota-backend-bytes 1x | must be a whole number",
        "--auto-compaction-retention -1 | auto-compaction-retention: \"-1\"",
        "--auto-compaction-retention soon | must be hours or a duration",
        "--auto-compaction-mode revision --auto-compaction-retention 1h | number of revisions",
        "--auto-compaction-mode never | must be periodic or revision",
        "--max-request-bytes 0 | must be from 1",
        "--max-request-bytes 99999999999 | must be from 1",
        "--max-txn-ops 0 | must be from 1",
        "--max-concurrent-streams 0 | must be from 1",
        "--snapshot-count 0 | must be from 1",
        "--watch-progress-notify-interval 50ms | must be at least 100ms",
        "--watch-progress-notify-interval 10 | must be a duration",
        "--pre-vote=perhaps | must be true or false",
        "--name= | must not be empty",
        "--name a/b | must not",
        "--log-level loud | must be one of",
        "--log-format xml | json, console",
        "--logger capnslog | must be one of zap",
        "--metrics all | basic, extensive",
        "--feature-gates Nope=true | unrecognized feature gate: Nope",
      })
  void valuesAgainstTheirRule(String line, String part) {
    assertRefused(line, part);
  }

  @ParameterizedTest
  @Covers({"B65", "B66"})
  @CsvSource(
      delimiter = '|',
      value = {
        "--listen-client-urls http://127.0.0.1:2379 | --advertise-client-urls is required",
        "--listen-peer-urls http://127.0.0.1:2380/x | without a path",
        "--listen-peer-urls http://example.com:2380 | IP address or localhost",
        "--listen-peer-urls http://300.1.1.1:2380 | must have a host",
        "--listen-peer-urls http://127.0.0.1 | and a port",
        "--listen-peer-urls http://127.0.0.1:70000 | at most 65535",
        "--listen-peer-urls 127.0.0.1:2380 | URLs like",
        "--listen-peer-urls ftp://127.0.0.1:2380 | URLs like",
        "--listen-peer-urls https://127.0.0.1:2380 | not supported",
        "--listen-peer-urls http://[::1:2380 | URLs like",
        "--listen-peer-urls http://127.0.0.1:1,http://127.0.0.1:1 | given twice",
        "--initial-cluster default=http://localhost:2380,default=http://localhost:2380 | duplicate url",
        "--initial-cluster nonsense | must be name=url",
        "--initial-cluster default=http://a:1,b=http://c:1,b=http://a:1 | duplicate url",
        "--max-learners -1 | must be from 0",
        "--initial-cluster-state used | must be new or existing",
      })
  void addressesAndMembers(String line, String part) {
    assertRefused(line, part);
  }

  @ParameterizedTest
  @Covers("B73")
  @CsvSource(
      delimiter = '|',
      value = {"--storage-engine lmbd | did you mean lmdb?"})
  void unknownEngine(String line, String part) {
    assertRefused(line, "storage-engine", "lmdb, memory, rocksdb", part);
  }

  @ParameterizedTest
  @CsvSource({
    "--client-cert-auth",
    "--cert-file=/x",
    "--peer-auto-tls",
    "--auth-token=jwt",
    "--host-whitelist=a",
    "--discovery-srv=b",
    "--wal-dir=/tmp/w"
  })
  void whatWouldBreakAPromiseIsRefusedNotIgnored(String line) {
    assertRefused(line, "not supported by this version", "flag --");
  }

  @Test
  @Covers("B76")
  void badFiles() throws Exception {
    assertFileRefused("name: [a\n", "line 2");
    assertFileRefused("name:\n\tx: 1\n", "line 2");
    assertFileRefused("name: a\nname: b\n", "duplicate key name");
    assertFileRefused("- a\n- b\n", "must be a mapping");
    assertFileRefused("name: {a: b}\n", "name must be one value");
    assertFileRefused("config-file: x\n", "cannot be set in a file");
    assertFileRefused("name: !!java.io.File [x]\n", "config-file");
    assertFileRefused("name: a\n---\nname: b\n", "config-file");
    assertFileRefused("a: &a [x,x]\nb: &b [*a,*a]\nc: [*b,*b]\n", "config-file");
    assertFileRefused("name: " + "[".repeat(100) + "]".repeat(100), "config-file");
    assertFileRefused("heartbeat-interval: 10m\n", "heartbeat-interval", "whole number");
    assertRefused("--config-file " + directory.resolve("absent"), "no such file");
    assertRefused("--config-file " + directory, "cannot be read");
    Path big = Files.write(directory.resolve("big.yml"), new byte[ConfigFile.MAX_BYTES + 1]);
    assertRefused("--config-file " + big, "must not be larger than");
    Path binary = Files.write(directory.resolve("binary.yml"), new byte[] {(byte) 0xff, 0});
    assertRefused("--config-file " + binary, "UTF-8");
  }

  @Test
  void valuesAreShownEscaped() {
    assertRefused("--name a\u001b[31m/b", "\\u001b");
  }
}
