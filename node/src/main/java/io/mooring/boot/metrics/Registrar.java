package io.mooring.boot.metrics;

import io.mooring.base.Histogram;
import io.prometheus.metrics.core.metrics.CounterWithCallback;
import io.prometheus.metrics.core.metrics.GaugeWithCallback;
import io.prometheus.metrics.model.registry.Collector;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import io.prometheus.metrics.model.snapshots.ClassicHistogramBuckets;
import io.prometheus.metrics.model.snapshots.HistogramSnapshot;
import io.prometheus.metrics.model.snapshots.HistogramSnapshot.HistogramDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.Labels;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.DoubleSupplier;
import java.util.function.Supplier;

/** Registers series that are read when the page is rendered. */
final class Registrar {

  /** Nanoseconds in what durations are shown in. */
  static final double SECONDS = 1e9;

  /** For what is shown as it was recorded. */
  static final double AS_IS = 1;

  private static final String[] NO_LABELS = {};

  private final PrometheusRegistry registry;

  Registrar(PrometheusRegistry registry) {
    this.registry = registry;
  }

  /** Takes the value of one series, whose label values are in the order of the names. */
  interface Series {
    void show(double value, String... labels);
  }

  /** Takes the histograms of one series, which are added up. */
  interface Distributions {
    void show(List<Histogram> parts, String... labels);
  }

  void gauge(String name, String help, DoubleSupplier value) {
    gauges(name, help, NO_LABELS, series -> series.show(value.getAsDouble()));
  }

  void gauges(String name, String help, String[] labels, Consumer<Series> values) {
    GaugeWithCallback.builder()
        .name(name)
        .help(help)
        .labelNames(labels)
        .callback(callback -> values.accept(callback::call))
        .register(registry);
  }

  void counter(String name, String help, DoubleSupplier value) {
    counters(name, help, NO_LABELS, series -> series.show(value.getAsDouble()));
  }

  void counters(String name, String help, String[] labels, Consumer<Series> values) {
    CounterWithCallback.builder()
        .name(name)
        .help(help)
        .labelNames(labels)
        .callback(callback -> values.accept(callback::call))
        .register(registry);
  }

  /** A text, shown as the label of a gauge that is always one. */
  void info(String name, String help, String label, String value) {
    gauges(name, help, new String[] {label}, series -> series.show(1, value));
  }

  void histogram(String name, String help, double unit, Histogram histogram) {
    histograms(name, help, unit, NO_LABELS, all -> all.show(List.of(histogram)));
  }

  /**
   * Registers histograms.
   *
   * @param unit what recorded values are divided by
   */
  void histograms(
      String name, String help, double unit, String[] labels, Consumer<Distributions> values) {
    Supplier<HistogramSnapshot> snapshot =
        () -> {
          HistogramSnapshot.Builder builder = HistogramSnapshot.builder().name(name).help(help);
          values.accept(
              (parts, texts) -> {
                if (!parts.isEmpty()) {
                  builder.dataPoint(point(parts, unit, Labels.of(labels, texts)));
                }
              });
          return builder.build();
        };
    registry.register(
        new Collector() {
          @Override
          public HistogramSnapshot collect() {
            return snapshot.get();
          }

          @Override
          public String getPrometheusName() {
            return name;
          }
        });
  }

  private static HistogramDataPointSnapshot point(
      List<Histogram> parts, double unit, Labels labels) {
    long[] bounds = parts.get(0).upperBounds();
    double[] shown = new double[bounds.length + 1];
    for (int i = 0; i < bounds.length; i++) {
      shown[i] = bounds[i] / unit;
    }
    shown[bounds.length] = Double.POSITIVE_INFINITY;
    long[] counts = new long[shown.length];
    double sum = 0;
    for (Histogram part : parts) {
      long[] more = part.counts();
      for (int i = 0; i < counts.length; i++) {
        counts[i] += more[i];
      }
      sum += part.sum();
    }
    return HistogramDataPointSnapshot.builder()
        .classicHistogramBuckets(ClassicHistogramBuckets.of(shown, counts))
        .sum(sum / unit)
        .labels(labels)
        .build();
  }
}
