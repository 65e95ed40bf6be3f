package io.mooring.boot.metrics;

import io.mooring.base.Check;
import io.mooring.wire.grpc.EtcdApi;
import io.mooring.wire.grpc.GrpcMethod;
import io.mooring.wire.grpc.GrpcStats;
import io.mooring.wire.grpc.MethodStats;
import io.vertx.grpc.common.GrpcStatus;
import java.util.List;
import java.util.Locale;
import java.util.function.ToLongFunction;

/** Shows {@link GrpcStats} under the names that etcd's dashboards know. */
final class GrpcMetrics {

  private static final String[] METHOD_LABELS = {"grpc_type", "grpc_service", "grpc_method"};
  private static final String[] CODE_LABELS = {
    "grpc_type", "grpc_service", "grpc_method", "grpc_code"
  };

  private GrpcMetrics() {}

  /** Registers the metrics; series stand at zero for every method and code from the start. */
  static void register(Registrar registrar, GrpcStats stats) {
    method(registrar, stats, "started", "RPCs started.", MethodStats::started);
    method(registrar, stats, "msg_received", "Messages received.", MethodStats::received);
    method(registrar, stats, "msg_sent", "Messages sent.", MethodStats::sent);
    registrar.counters(
        "grpc_server_handled_total",
        "RPCs completed, with whatever code.",
        CODE_LABELS,
        series -> handled(series, stats));
    if (stats.timed()) {
      registrar.histograms(
          "grpc_server_handling_seconds",
          "RPCs from their headers to their end.",
          Registrar.SECONDS,
          METHOD_LABELS,
          all -> {
            for (GrpcMethod method : EtcdApi.METHODS) {
              all.show(List.of(stats.method(method).handlingNs()), labels(method));
            }
          });
    }
    registrar.counter(
        "etcd_network_client_grpc_received_bytes_total",
        "Bytes received from clients.",
        stats::receivedBytes);
    registrar.counter(
        "etcd_network_client_grpc_sent_bytes_total", "Bytes sent to clients.", stats::sentBytes);
    registrar.counters(
        "etcd_server_client_requests_total",
        "Client requests by API version of the client.",
        new String[] {"type", "client_api_version"},
        series ->
            stats.forEachClient(
                (version, requests) -> {
                  series.show(requests.unary(), "unary", version);
                  series.show(requests.stream(), "stream", version);
                }));
    streamFailures(registrar, stats);
  }

  /** A client that goes is no failure of its stream, so sending has none. */
  private static void streamFailures(Registrar registrar, GrpcStats stats) {
    registrar.counters(
        "etcd_network_server_stream_failures_total",
        "Streams ended by what could not be received or sent.",
        new String[] {"Type", "API"},
        series -> {
          series.show(receiveFailures(stats, "Watch/Watch"), "receive", "watch");
          series.show(receiveFailures(stats, "Lease/LeaseKeepAlive"), "receive", "lease-keepalive");
          series.show(0, "send", "watch");
          series.show(0, "send", "lease-keepalive");
        });
  }

  private static double receiveFailures(GrpcStats stats, String method) {
    String path = "/etcdserverpb." + method;
    return stats
        .method(Check.present(EtcdApi.byPath(path), "an RPC that the API lacks"))
        .receiveFailures();
  }

  private static void method(
      Registrar registrar,
      GrpcStats stats,
      String what,
      String help,
      ToLongFunction<MethodStats> value) {
    registrar.counters(
        "grpc_server_" + what + "_total",
        help,
        METHOD_LABELS,
        series -> {
          for (GrpcMethod method : EtcdApi.METHODS) {
            series.show(value.applyAsLong(stats.method(method)), labels(method));
          }
        });
  }

  private static String[] labels(GrpcMethod method) {
    return new String[] {method.kind().label(), method.service(), method.name()};
  }

  private static void handled(Registrar.Series series, GrpcStats stats) {
    for (GrpcMethod method : EtcdApi.METHODS) {
      MethodStats counters = stats.method(method);
      for (GrpcStatus status : GrpcStatus.values()) {
        series.show(
            counters.handled(status),
            method.kind().label(),
            method.service(),
            method.name(),
            goName(status));
      }
    }
  }

  /** Go's spelling: {@code OK}, {@code Canceled}, {@code InvalidArgument}. */
  private static String goName(GrpcStatus status) {
    return switch (status) {
      case OK -> "OK";
      case CANCELLED -> "Canceled";
      default -> {
        StringBuilder name = new StringBuilder();
        for (String word : status.name().split("_", -1)) {
          name.append(word.charAt(0)).append(word.substring(1).toLowerCase(Locale.ROOT));
        }
        yield name.toString();
      }
    };
  }
}
