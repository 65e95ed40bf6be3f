package io.mooring.wire;

import io.vertx.core.Handler;
import io.vertx.core.http.HttpServerRequest;

/**
 * What one client loop shows to its connections.
 *
 * @param grpc takes HTTP/2 requests with gRPC's content type
 * @param http takes all others
 * @param drain called once, on the loop, when the member stops: calls under way are still answered,
 *     streams without an end of their own are ended
 */
public record ClientFaces(
    Handler<HttpServerRequest> grpc, Handler<HttpServerRequest> http, Runnable drain) {}
