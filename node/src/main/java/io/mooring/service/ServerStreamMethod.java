package io.mooring.service;

/**
 * Answers one request with many replies. Called on the client loop.
 *
 * @param <Q> the request message
 */
@FunctionalInterface
public interface ServerStreamMethod<Q> {

  /** Begins to answer; the service ends or fails the stream sooner or later. */
  void call(CallContext context, Q request, ReplyStream replies);
}
