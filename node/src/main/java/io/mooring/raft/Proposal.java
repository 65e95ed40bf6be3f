package io.mooring.raft;

import io.mooring.loop.Reply;
import io.mooring.machine.MembershipChange;
import io.mooring.machine.Outcome;
import org.jspecify.annotations.Nullable;

/**
 * A write on its way.
 *
 * @param entry encoded command behind its header
 * @param change what consensus has to know of it; null for an ordinary command
 * @param privileged gives room or brings the member back in order, so that no bytes of others keep
 *     it out
 * @param waiting who is to hear what became of it
 */
@SuppressWarnings("ArrayRecordComponent") // frozen, and identity is never compared
record Proposal(
    byte[] entry, @Nullable MembershipChange change, boolean privileged, Waiting waiting) {

  /**
   * What is kept of a write once its bytes are the log's, or on their way to the leader.
   *
   * @param reply who waits
   * @param beganNs when the write came, on the raft loop's clock
   * @param deadlineNs on the same clock
   */
  record Waiting(Reply<Outcome> reply, long beganNs, long deadlineNs) {

    boolean late(long nowNs) {
      return nowNs - deadlineNs >= 0;
    }
  }
}
