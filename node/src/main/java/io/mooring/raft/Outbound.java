package io.mooring.raft;

import io.mooring.raft.core.Message;
import java.util.List;

/** The way to other members. */
public interface Outbound {

  /** A member alone has nobody to talk to. */
  Outbound NOBODY = messages -> {};

  /**
   * Sends what one turn made; those to one member in this order. Called on the raft loop; never
   * blocks. What cannot be sent is dropped, and the driver hears of it by {@link
   * RaftDriver#unreachable}.
   */
  void send(List<Message> messages);

  /**
   * How long the way to another member has been up without a break; negative when it is down. One
   * that does not know says for ever. Any thread.
   */
  default long connectedNs(long memberId) {
    return Long.MAX_VALUE;
  }
}
