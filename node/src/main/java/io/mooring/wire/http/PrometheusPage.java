package io.mooring.wire.http;

import io.mooring.error.ServerError;
import io.mooring.loop.Loop;
import io.mooring.wire.http.HttpRoutes.Page;
import io.prometheus.metrics.expositionformats.ExpositionFormatWriter;
import io.prometheus.metrics.expositionformats.ExpositionFormats;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.buffer.Buffer;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.function.Predicate;

/**
 * Renders a registry as Prometheus text, or OpenMetrics where the client asks for it. It takes
 * milliseconds, and so runs elsewhere than on the client loop. One for each client loop.
 */
public final class PrometheusPage implements HttpRoutes.MetricsPage {

  private static final String OPEN_METRICS = "application/openmetrics-text";

  private final Loop loop;
  private final PrometheusRegistry registry;
  private final Predicate<Runnable> workers;
  private final ExpositionFormats formats = ExpositionFormats.init();

  /**
   * Creates the page of a loop.
   *
   * @param workers takes a task for another thread; false when there is no room
   */
  public PrometheusPage(Loop loop, PrometheusRegistry registry, Predicate<Runnable> workers) {
    this.loop = loop;
    this.registry = registry;
    this.workers = workers;
  }

  @Override
  public Future<Page> render(String accept) {
    ExpositionFormatWriter writer =
        accept.contains(OPEN_METRICS)
            ? formats.getOpenMetricsTextFormatWriter()
            : formats.getPrometheusTextFormatWriter();
    Promise<Page> promise = loop.promise();
    boolean taken =
        workers.test(
            () -> {
              try {
                ByteArrayOutputStream out = new ByteArrayOutputStream(64 << 10);
                writer.write(out, registry.scrape());
                promise.complete(
                    new Page(writer.getContentType(), Buffer.buffer(out.toByteArray())));
              } catch (IOException | RuntimeException e) {
                promise.fail(e);
              }
            });
    return taken
        ? promise.future()
        : Future.failedFuture(ServerError.TOO_MANY_REQUESTS.exception());
  }
}
