package io.mooring.peer;

import io.mooring.raft.core.Message;
import java.util.List;

/** What the network tells consensus. Called on the peer loop; never blocks. */
public interface PeerEvents {

  /**
   * Messages have arrived, all from one member, in the order it sent them.
   *
   * @param bytes that they cost to hold
   * @return false when there is no room; they are lost then
   */
  boolean received(List<Message> messages, long bytes);

  /** A member cannot be reached now, and something that was for it is lost. */
  void unreachable(long memberId);

  /** Another member says that this one has been removed from the cluster. */
  void removed();
}
