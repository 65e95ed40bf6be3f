package io.mooring.service;

import com.google.protobuf.MessageLite;
import io.mooring.base.WireBuffer;
import org.jspecify.annotations.Nullable;

/**
 * One reply message on its way to the wire: a protobuf message, or one already encoded. It is
 * written once; {@link #release} then gives back what it held.
 */
public final class Payload {

  private final @Nullable MessageLite message;
  private final @Nullable WireBuffer encoded;
  private final @Nullable Runnable onRelease;

  private Payload(
      @Nullable MessageLite message, @Nullable WireBuffer encoded, @Nullable Runnable onRelease) {
    this.message = message;
    this.encoded = encoded;
    this.onRelease = onRelease;
  }

  /** A message, encoded by the wire. */
  public static Payload of(MessageLite message) {
    return new Payload(message, null, null);
  }

  /** An encoded message; the buffer belongs to the payload from now on. */
  public static Payload of(WireBuffer encoded) {
    return new Payload(null, encoded, null);
  }

  /**
   * An encoded message that holds something, such as a share of the reply budget.
   *
   * @param onRelease called once, on any thread, when the bytes have left or will never leave
   */
  public static Payload of(WireBuffer encoded, Runnable onRelease) {
    return new Payload(null, encoded, onRelease);
  }

  /** The message; null when it is encoded already. */
  public @Nullable MessageLite message() {
    return message;
  }

  /** The encoded message; null when there is a message object. */
  public @Nullable WireBuffer encoded() {
    return encoded;
  }

  /** Whether somebody waits for {@link #release}. */
  public boolean holds() {
    return onRelease != null;
  }

  /** Gives back what this reply held. Called by whoever owns the payload last, exactly once. */
  public void release() {
    if (onRelease != null) {
      onRelease.run();
    }
  }
}
