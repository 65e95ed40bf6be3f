package io.mooring.boot.metrics;

import io.prometheus.metrics.model.registry.MultiCollector;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Metrics that are registered when somebody first asks: those of the JVM bring its management
 * classes with them, a tenth of the time of a start. Any thread.
 */
final class LateMetrics implements MultiCollector {

  private final Consumer<PrometheusRegistry> metrics;
  private final AtomicReference<@Nullable PrometheusRegistry> registered = new AtomicReference<>();

  /** Prepares metrics that will register themselves in a registry of their own. */
  LateMetrics(Consumer<PrometheusRegistry> metrics) {
    this.metrics = metrics;
  }

  @Override
  public MetricSnapshots collect() {
    PrometheusRegistry registry = registered.get();
    if (registry == null) {
      PrometheusRegistry made = new PrometheusRegistry();
      metrics.accept(made);
      // Two first askers at once: one of them was faster, and the other's work is forgotten.
      PrometheusRegistry other = registered.compareAndExchange(null, made);
      registry = other == null ? made : other;
    }
    return registry.scrape();
  }
}
