package io.mooring.boot.metrics;

import io.mooring.api.internalpb.Command;
import io.mooring.base.DurationsByResult;
import io.mooring.service.ServiceStats;
import java.util.List;
import java.util.Locale;

/** What requests cost, and how probes end. */
final class RequestMetrics {

  private static final String VERSION = "v3";

  private final Registrar registrar;
  private final Sources sources;

  RequestMetrics(Registrar registrar, Sources sources) {
    this.registrar = registrar;
    this.sources = sources;
  }

  void register() {
    durations();
    probes();
    registrar.gauge(
        "mooring_reads_waiting",
        "Reads that wait for a reader.",
        () -> sources.readers().waiting());
    registrar.gauge(
        "mooring_replies_in_flight_bytes",
        "Bytes of replies that are being built or written.",
        () -> sources.replies().inFlight());
  }

  private void durations() {
    ServiceStats services = sources.services();
    registrar.histograms(
        "etcd_server_request_duration_seconds",
        "Requests from arrival to answer.",
        Registrar.SECONDS,
        new String[] {"type", "success"},
        all -> {
          show(all, services.rangeRequests(), "Range");
          show(all, services.readOnlyTxns(), "ReadonlyTxn");
          services.forEachWrite(
              (kind, both) -> {
                if (kind != Command.BodyCase.BODY_NOT_SET) {
                  show(all, both, typeName(kind));
                }
              });
        });
    registrar.histograms(
        "etcd_server_range_duration_seconds",
        "Ranges, once there was a view to answer them from.",
        Registrar.SECONDS,
        new String[] {"success"},
        all -> {
          all.show(List.of(services.scans().succeeded()), "true");
          all.show(List.of(services.scans().failed()), "false");
        });
    registrar.histograms(
        "etcd_server_apply_duration_seconds",
        "Commands in the machine.",
        Registrar.SECONDS,
        new String[] {"version", "op", "success"},
        all ->
            sources
                .apply()
                .meter()
                .forEachKind(
                    (kind, both) -> {
                      if (kind != Command.BodyCase.BODY_NOT_SET) {
                        all.show(List.of(both.succeeded()), VERSION, typeName(kind), "true");
                        all.show(List.of(both.failed()), VERSION, typeName(kind), "false");
                      }
                    }));
    registrar.counter(
        "etcd_server_slow_apply_total",
        "Commands that took 100 ms or more in the machine.",
        () -> sources.apply().meter().slow());
  }

  private static void show(Registrar.Distributions all, DurationsByResult both, String type) {
    all.show(List.of(both.succeeded()), type, "true");
    all.show(List.of(both.failed()), type, "false");
  }

  /** As etcd names requests: {@code DELETE_RANGE} becomes {@code DeleteRange}. */
  private static String typeName(Command.BodyCase kind) {
    StringBuilder name = new StringBuilder();
    for (String word : kind.name().split("_", -1)) {
      name.append(word.charAt(0)).append(word.substring(1).toLowerCase(Locale.ROOT));
    }
    return name.toString();
  }

  private void probes() {
    ServiceStats services = sources.services();
    registrar.gauge(
        "etcd_server_health_success",
        "Successful health checks.",
        () -> services.healthSuccesses());
    registrar.gauge(
        "etcd_server_health_failures", "Failed health checks.", () -> services.healthFailures());
    registrar.gauges(
        "etcd_server_healthcheck",
        "How each check of a probe ended last.",
        new String[] {"type", "name"},
        series -> {
          for (boolean readiness : new boolean[] {false, true}) {
            services.forEachCheck(
                readiness,
                (check, results) ->
                    series.show(results.passing() ? 1 : 0, probe(readiness), check.label()));
          }
        });
    registrar.counters(
        "etcd_server_healthchecks_total",
        "How the checks of probes ended.",
        new String[] {"type", "name", "status"},
        series -> {
          for (boolean readiness : new boolean[] {false, true}) {
            services.forEachCheck(
                readiness,
                (check, results) -> {
                  series.show(results.passed(), probe(readiness), check.label(), "success");
                  series.show(results.failed(), probe(readiness), check.label(), "error");
                });
          }
        });
  }

  private static String probe(boolean readiness) {
    return readiness ? "readyz" : "livez";
  }
}
