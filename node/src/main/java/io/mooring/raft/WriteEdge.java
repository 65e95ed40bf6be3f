package io.mooring.raft;

import io.mooring.api.internalpb.Command;
import io.mooring.error.ServerError;
import io.mooring.loop.Loop;
import io.mooring.loop.Mailbox;
import io.mooring.loop.Reply;
import io.mooring.machine.CommandCodec;
import io.mooring.machine.MembershipChange;
import io.mooring.machine.Outcome;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Where writes come in: encodes each once and offers it to the raft loop, or refuses. Two lanes, so
 * that clients cannot fill the one that brings a member back in order (P22). Any thread, but for
 * {@link #taken}.
 */
final class WriteEdge {

  private final DriverConfig config;
  private final Loop loop;
  private final Mailbox<Proposal> ordinary;
  private final Mailbox<Proposal> privileged;
  private final AtomicLong waitingBytes = new AtomicLong();

  WriteEdge(DriverConfig config, Loop loop, Consumer<List<Proposal>> receiver) {
    this.config = config;
    this.loop = loop;
    this.ordinary = new Mailbox<>(loop, config.maxWaiting(), receiver);
    this.privileged = new Mailbox<>(loop, config.maxWaiting(), receiver);
  }

  /**
   * Offers a write, after etcd's checks in etcd's order: backlog first, then size.
   *
   * @param applyGap entries that are committed and not applied here
   * @return null when it was taken and will be answered
   */
  @Nullable ServerError offer(
      Loop caller, Command command, long deadlineNs, Reply<Outcome> reply, long applyGap) {
    boolean privilege = isPrivileged(command);
    if (privilege ? applyGap > config.maxApplyGapPrivileged() : backlogged(applyGap)) {
      return ServerError.TOO_MANY_REQUESTS;
    }
    int bytes = CommandCodec.HEADER_BYTES + command.getSerializedSize();
    if (bytes > config.maxRequestBytes()) {
      return ServerError.REQUEST_TOO_LARGE;
    }
    if (waitingBytes.addAndGet(bytes) > config.maxWaitingBytes() && !privilege) {
      waitingBytes.addAndGet(-bytes);
      return ServerError.TOO_MANY_REQUESTS;
    }
    byte[] entry = EntryHeader.encode(config.core().memberId(), config.processEpoch(), command);
    long remainingNs = Deadlines.remainingNs(caller, deadlineNs);
    MembershipChange change = MembershipChange.of(command);
    // As in etcd, only the client's own deadline ends the wait for a change of membership.
    long timeoutNs =
        change != null || command.hasUpdateMember()
            ? remainingNs
            : Math.min(remainingNs, config.requestTimeoutNs());
    Mailbox<Proposal> lane = privilege ? privileged : ordinary;
    long nowNs = loop.nowNs();
    Proposal.Waiting waiting = new Proposal.Waiting(reply, nowNs, nowNs + timeoutNs);
    if (!lane.offer(new Proposal(entry, change, privilege, waiting))) {
      waitingBytes.addAndGet(-bytes);
      return ServerError.TOO_MANY_REQUESTS;
    }
    return null;
  }

  /** Whether an ordinary write is refused for its gap alone. */
  boolean backlogged(long applyGap) {
    return applyGap > config.maxApplyGap();
  }

  /** Writes that were offered and not yet taken by the loop. */
  int waiting() {
    return ordinary.size() + privileged.size();
  }

  /** The raft loop has taken a turn's writes. */
  void taken(List<Proposal> turn) {
    long bytes = 0;
    for (Proposal proposal : turn) {
      bytes += proposal.entry().length;
    }
    waitingBytes.addAndGet(-bytes);
  }

  /** What gives room or brings the member back in order must get through when others may not. */
  private static boolean isPrivileged(Command command) {
    return switch (command.getBodyCase()) {
      case LEASE_REVOKE,
          EXPIRE_LEASES,
          CHECKPOINT_LEASES,
          ALARM,
          COMPACTION,
          PUBLISH_MEMBER,
          FOUND_CLUSTER,
          ADD_MEMBER,
          REMOVE_MEMBER,
          UPDATE_MEMBER,
          PROMOTE_MEMBER,
          CHECK_STATE ->
          true;
      case PUT, DELETE_RANGE, TXN, LEASE_GRANT, BODY_NOT_SET -> false;
    };
  }
}
