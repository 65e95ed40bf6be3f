package io.mooring.boot;

import static org.assertj.core.api.Assertions.assertThat;

import io.mooring.boot.config.CommandLineParser;
import io.mooring.boot.config.ConfigReader;
import io.mooring.boot.config.Settings;
import io.mooring.raft.DriverConfig;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class ConsensusSettingsTest {

  private static DriverConfig settings(String... flags) {
    return ConsensusSettings.of(
        ConfigReader.read(
            Settings.resolve(CommandLineParser.parse(flags).flags(), Map.of()), Set.of("lmdb")),
        7);
  }

  @Test
  void theDefaultsAreEtcds() {
    DriverConfig config = settings();
    assertThat(config.core().memberId()).isEqualTo(7);
    assertThat(config.core().electionTicks()).isEqualTo(10);
    assertThat(config.core().heartbeatTicks()).isEqualTo(1);
    assertThat(config.core().preVote()).isTrue();
    assertThat(config.tickNs()).isEqualTo(TimeUnit.MILLISECONDS.toNanos(100));
    assertThat(config.requestTimeoutNs()).isEqualTo(TimeUnit.SECONDS.toNanos(7));
  }

  @Test
  void clocksAndPreVoteAreTakenFromTheFlags() {
    DriverConfig config =
        settings("--heartbeat-interval=20", "--election-timeout=500", "--pre-vote=false");
    assertThat(config.core().electionTicks()).isEqualTo(25);
    assertThat(config.core().preVote()).isFalse();
    assertThat(config.tickNs()).isEqualTo(TimeUnit.MILLISECONDS.toNanos(20));
    assertThat(config.requestTimeoutNs()).isEqualTo(TimeUnit.SECONDS.toNanos(6));
  }
}
