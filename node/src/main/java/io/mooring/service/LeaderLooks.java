package io.mooring.service;

import io.mooring.error.ServerError;
import io.mooring.raft.Consensus;

/**
 * Looks for a leader while a stream lives whose client requires one, and ends the stream at the
 * third look in a row that finds none, as etcd does. On the stream's loop.
 */
final class LeaderLooks {

  private static final int LEADERLESS_LOOKS = 3;

  private final CallContext context;
  private final ReplyStream replies;
  private final Consensus consensus;
  private final long intervalNs;
  private int leaderless;

  private LeaderLooks(
      CallContext context, ReplyStream replies, Consensus consensus, long intervalNs) {
    this.context = context;
    this.replies = replies;
    this.consensus = consensus;
    this.intervalNs = intervalNs;
  }

  /**
   * Begins to look, if the client asked for it.
   *
   * @param intervalNs between looks: an election timeout
   */
  static void begin(
      CallContext context, ReplyStream replies, Consensus consensus, long intervalNs) {
    if (context.requireLeader()) {
      new LeaderLooks(context, replies, consensus, intervalNs).lookLater();
    }
  }

  private void lookLater() {
    context.loop().timer(intervalNs, this::look);
  }

  private void look() {
    if (replies.isClosed()) {
      return;
    }
    leaderless = consensus.status().leaderId() == 0 ? leaderless + 1 : 0;
    if (leaderless == LEADERLESS_LOOKS) {
      replies.fail(ServerError.NO_LEADER);
    } else {
      lookLater();
    }
  }
}
