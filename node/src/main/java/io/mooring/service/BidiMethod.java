package io.mooring.service;

/**
 * Serves a stream of requests with a stream of replies. Called on the client loop as the call
 * arrives, before its first message.
 *
 * @param <Q> the request message
 */
@FunctionalInterface
public interface BidiMethod<Q> {

  /** Takes a call; what it returns gets the client's messages. */
  RequestHandler<Q> open(CallContext context, ReplyStream replies);
}
