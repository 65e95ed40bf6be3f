package io.mooring.service;

import io.vertx.core.Future;

/**
 * Answers one request with one reply. Called on the client loop; the future completes there, and
 * fails with an {@link io.mooring.error.EtcdException} to refuse.
 *
 * @param <Q> the request message
 */
@FunctionalInterface
public interface UnaryMethod<Q> {

  /** Answers a request. */
  Future<Payload> call(CallContext context, Q request);
}
