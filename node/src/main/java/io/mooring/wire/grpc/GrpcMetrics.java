package io.mooring.wire.grpc;

import io.prometheus.metrics.core.metrics.CounterWithCallback;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import io.vertx.grpc.common.GrpcStatus;
import java.util.Locale;
import java.util.function.LongSupplier;
import java.util.function.ToLongFunction;

/** Shows {@link GrpcStats} under the names that etcd's dashboards know. */
public final class GrpcMetrics {

  private static final String[] METHOD_LABELS = {"grpc_type", "grpc_service", "grpc_method"};
  private static final String[] CODE_LABELS = {
    "grpc_type", "grpc_service", "grpc_method", "grpc_code"
  };

  private GrpcMetrics() {}

  /** Registers the metrics; series stand at zero for every method and code from the start. */
  public static void register(PrometheusRegistry registry, GrpcStats stats) {
    method(registry, stats, "started", "RPCs started.", MethodStats::started);
    method(registry, stats, "msg_received", "Messages received.", MethodStats::received);
    method(registry, stats, "msg_sent", "Messages sent.", MethodStats::sent);
    CounterWithCallback.builder()
        .name("grpc_server_handled_total")
        .help("RPCs completed, with whatever code.")
        .labelNames(CODE_LABELS)
        .callback(callback -> handled(callback, stats))
        .register(registry);
    bytes(registry, "received", "Bytes received from clients.", stats::receivedBytes);
    bytes(registry, "sent", "Bytes sent to clients.", stats::sentBytes);
    CounterWithCallback.builder()
        .name("etcd_server_client_requests_total")
        .help("Client requests by API version of the client.")
        .labelNames("type", "client_api_version")
        .callback(
            callback ->
                stats.forEachClient(
                    (version, requests) -> {
                      callback.call(requests.unary(), "unary", version);
                      callback.call(requests.stream(), "stream", version);
                    }))
        .register(registry);
  }

  private static void method(
      PrometheusRegistry registry,
      GrpcStats stats,
      String what,
      String help,
      ToLongFunction<MethodStats> value) {
    CounterWithCallback.builder()
        .name("grpc_server_" + what + "_total")
        .help(help)
        .labelNames(METHOD_LABELS)
        .callback(
            callback -> {
              for (GrpcMethod method : EtcdApi.METHODS) {
                callback.call(
                    value.applyAsLong(stats.method(method)),
                    method.kind().label(),
                    method.service(),
                    method.name());
              }
            })
        .register(registry);
  }

  private static void handled(CounterWithCallback.Callback callback, GrpcStats stats) {
    for (GrpcMethod method : EtcdApi.METHODS) {
      MethodStats counters = stats.method(method);
      for (GrpcStatus status : GrpcStatus.values()) {
        callback.call(
            counters.handled(status),
            method.kind().label(),
            method.service(),
            method.name(),
            goName(status));
      }
    }
  }

  private static void bytes(
      PrometheusRegistry registry, String what, String help, LongSupplier value) {
    CounterWithCallback.builder()
        .name("etcd_network_client_grpc_" + what + "_bytes_total")
        .help(help)
        .callback(callback -> callback.call(value.getAsLong()))
        .register(registry);
  }

  /** Go's spelling: {@code OK}, {@code Canceled}, {@code InvalidArgument}. */
  static String goName(GrpcStatus status) {
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
