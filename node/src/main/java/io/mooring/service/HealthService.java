package io.mooring.service;

import io.mooring.api.health.HealthCheckRequest;
import io.mooring.api.health.HealthCheckResponse;
import io.mooring.api.health.HealthCheckResponse.ServingStatus;
import io.mooring.api.health.HealthListRequest;
import io.mooring.api.health.HealthListResponse;
import io.mooring.error.Code;
import io.mooring.error.TransportError;
import io.vertx.core.Future;

/**
 * The standard gRPC health service, as etcd serves it: only the empty name is known, and it serves
 * from the moment that the listener does. Any client loop.
 */
public final class HealthService {

  private static final HealthCheckResponse SERVING = status(ServingStatus.SERVING);

  /** Health.Check. */
  public Future<Payload> check(CallContext context, HealthCheckRequest request) {
    return request.getService().isEmpty()
        ? Future.succeededFuture(Payload.of(SERVING))
        : Future.failedFuture(new TransportError(Code.NOT_FOUND, "unknown service").exception());
  }

  /** Health.Watch: the status, which never changes; the stream stays open. */
  public void watch(CallContext context, HealthCheckRequest request, ReplyStream replies) {
    replies.send(
        Payload.of(
            request.getService().isEmpty() ? SERVING : status(ServingStatus.SERVICE_UNKNOWN)));
  }

  /** Health.List. */
  public Future<Payload> list(CallContext context, HealthListRequest request) {
    return Future.succeededFuture(
        Payload.of(HealthListResponse.newBuilder().putStatuses("", SERVING).build()));
  }

  private static HealthCheckResponse status(ServingStatus status) {
    return HealthCheckResponse.newBuilder().setStatus(status).build();
  }
}
