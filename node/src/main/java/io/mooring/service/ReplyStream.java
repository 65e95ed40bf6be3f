package io.mooring.service;

import io.mooring.error.EtcdError;

/**
 * The server's half of a streaming call, as a service sees it. All methods belong to the call's
 * client loop, and none of them throws: a stream may close at any moment, and what comes after that
 * has no effect.
 *
 * <p>A stream closes once: because the service ended or failed it, the client canceled, its
 * deadline passed, or the connection went. {@link #onClose} tells of all of these alike.
 */
public interface ReplyStream {

  /**
   * Whether the client does not keep up. Sending on is allowed, and buffers; a service that may
   * send much stops, and goes on at {@link #onDrain}.
   */
  boolean full();

  /**
   * Sends a message. Messages sent in the same turn leave in one flush. The payload belongs to the
   * stream from now on, and is released by it even when the stream is closed.
   */
  void send(Payload payload);

  /** Sets what runs each time the stream, having been {@link #full}, can take more. */
  void onDrain(Runnable action);

  /** Sets what runs when the stream has closed; at once if it has. Replaces an earlier action. */
  void onClose(Runnable action);

  /** Whether the stream has closed. */
  boolean isClosed();

  /** Ends the stream with status OK, after all that was written. */
  void end();

  /** Ends the stream with a refusal, after all that was written. */
  void fail(EtcdError error);

  /** As {@link #fail(EtcdError)}, with what failed a future: a refusal, or else a defect. */
  void fail(Throwable cause);

  /**
   * Stops delivery of further requests, but for those already here (about a dozen); the client's
   * own window then fills up. For a service that cannot take more right now.
   */
  void pauseRequests();

  /** Delivers requests again. */
  void resumeRequests();
}
