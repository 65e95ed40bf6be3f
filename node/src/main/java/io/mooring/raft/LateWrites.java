package io.mooring.raft;

import io.mooring.error.ServerError;
import io.mooring.raft.core.Configuration;
import io.mooring.raft.core.Raft;
import io.mooring.raft.core.Role;
import io.mooring.raft.core.SoftState;

/**
 * Why a write was not answered in time, as far as this member can tell. The rules are etcd's
 * (server/etcdserver/server.go, parseProposeCtxErr): it has led itself since the write came, and
 * not for long; or the ways to whoever had to hear of the write have not been up all the time. Raft
 * loop.
 */
final class LateWrites {

  private final long electionTimeoutNs;
  private final long memberId;
  private final Outbound links;
  private boolean elected;
  private long electedNs;

  LateWrites(DriverConfig config, Outbound links) {
    this.electionTimeoutNs = config.core().electionTicks() * config.tickNs();
    this.memberId = config.core().memberId();
    this.links = links;
  }

  /** What this member believes has changed. */
  void follow(SoftState before, SoftState now, long nowNs) {
    boolean leads = now.role() == Role.Kind.LEADER;
    if (leads && (before.role() != Role.Kind.LEADER || before.term() != now.term())) {
      elected = true;
      electedNs = nowNs;
    }
  }

  /**
   * What to answer.
   *
   * @param beganNs when the write came
   */
  ServerError reason(long beganNs, long nowNs, long leaderId, Raft core) {
    boolean beganBefore = elected && electedNs - beganNs > 0;
    if (beganBefore && beganNs - (electedNs - 2 * electionTimeoutNs) > 0) {
      return ServerError.TIMEOUT_LEADER_FAIL;
    }
    if (leaderId == 0) {
      return ServerError.TIMEOUT;
    }
    long needNs = nowNs - beganNs;
    boolean connected =
        leaderId == memberId
            ? reachesQuorum(core.configuration(), needNs)
            : links.connectedNs(leaderId) >= needNs;
    return connected ? ServerError.TIMEOUT : ServerError.TIMEOUT_CONNECTION_LOST;
  }

  private boolean reachesQuorum(Configuration configuration, long needNs) {
    int reached = 0;
    for (long voter : configuration.voters()) {
      reached += voter == memberId || links.connectedNs(voter) >= needNs ? 1 : 0;
    }
    return reached > configuration.voters().size() / 2;
  }
}
