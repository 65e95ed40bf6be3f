package io.mooring.boot.config;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class GoDurationTest {

  @ParameterizedTest
  @CsvSource({
    "0,0",
    "0s,0",
    "1ns,1",
    "5us,5000",
    "100ms,100000000",
    "1.5s,1500000000",
    ".5s,500000000",
    "1h30m,5400000000000",
    "-2s,-2000000000",
    "+1s,1000000000",
    "2h0m0s,7200000000000"
  })
  void reads(String text, long ns) {
    assertThat(GoDuration.parse(text)).isEqualTo(ns);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "-", "5", "s", "1x", "1.2.3s", ".s", "1 s", "1s2", "9999999999999h"})
  void refuses(String text) {
    assertThat(GoDuration.parse(text)).isNull();
  }
}
