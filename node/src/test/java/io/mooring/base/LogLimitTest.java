package io.mooring.base;

import static org.assertj.core.api.Assertions.assertThat;

import io.mooring.api.testing.Covers;
import org.junit.jupiter.api.Test;

class LogLimitTest {

  @Test
  @Covers("B89")
  void someLinesOfEachIntervalAndTheNumberOfTheRest() {
    LogLimit limit = new LogLimit(2, 10);
    assertThat(limit.suffix(-5)).isEmpty();
    assertThat(limit.suffix(0)).isEmpty();
    assertThat(limit.suffix(1)).isNull();
    assertThat(limit.suffix(4)).isNull();
    assertThat(limit.suffix(5)).isEqualTo(" (and 2 more like it before)");
    assertThat(limit.suffix(6)).isEmpty();
    assertThat(limit.suffix(30)).isEmpty();
  }
}
