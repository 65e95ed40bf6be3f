package io.mooring.base;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class HistogramTest {

  @Test
  void boundsAreInclusiveAndTheLastBucketHasNone() {
    Histogram histogram = Histogram.of(10, 20);
    for (long value : new long[] {0, 10, 11, 20, 21, Long.MAX_VALUE / 2}) {
      histogram.record(value);
    }
    assertThat(histogram.counts()).containsExactly(2, 2, 2);
    assertThat(histogram.count()).isEqualTo(6);
    assertThat(histogram.sum()).isEqualTo(62 + Long.MAX_VALUE / 2);
  }

  @Test
  void boundsDouble() {
    assertThat(Histogram.doubling(3, 4).upperBounds()).containsExactly(3, 6, 12, 24);
  }

  @Test
  void boundsMustAscend() {
    assertThatThrownBy(() -> Histogram.of(2, 2)).isInstanceOf(CheckFailedException.class);
  }
}
