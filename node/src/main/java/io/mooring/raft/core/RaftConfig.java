package io.mooring.raft.core;

import io.mooring.base.Check;

/**
 * Fixed for the life of a core.
 *
 * @param memberId this member, not 0
 * @param electionTicks ticks without a leader until a follower campaigns, at the least; drawn anew
 *     each time from here to just below twice as many
 * @param heartbeatTicks ticks between heartbeats of a leader
 * @param preVote whether a candidate first asks whether it could win, without raising its term
 * @param limits bounds
 */
public record RaftConfig(
    long memberId, int electionTicks, int heartbeatTicks, boolean preVote, RaftLimits limits) {

  /** Checks what must hold. */
  public RaftConfig {
    Check.that(memberId != 0, "member id is 0");
    Check.that(heartbeatTicks > 0, "heartbeatTicks", heartbeatTicks);
    Check.that(
        electionTicks > heartbeatTicks,
        "an election timeout needs several heartbeats",
        electionTicks,
        heartbeatTicks);
  }

  /** etcd's proportions: a heartbeat a tick, an election timeout of ten. */
  public static RaftConfig of(long memberId) {
    return new RaftConfig(memberId, 10, 1, true, RaftLimits.DEFAULT);
  }
}
