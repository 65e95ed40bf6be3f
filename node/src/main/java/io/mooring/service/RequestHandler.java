package io.mooring.service;

/**
 * The client's half of a bidirectional stream: what a service does with each message. Called on the
 * client loop, in order, never after the stream has closed.
 *
 * @param <Q> the request message
 */
public interface RequestHandler<Q> {

  /** Takes a message. */
  void onRequest(Q request);

  /** The client will send no more, but may still listen. Most services need not care. */
  default void onHalfClose() {}
}
