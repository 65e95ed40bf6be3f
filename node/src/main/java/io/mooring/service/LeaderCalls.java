package io.mooring.service;

import io.mooring.api.etcdserverpb.MemberPromoteRequest;
import io.mooring.api.etcdserverpb.MemberPromoteResponse;
import io.vertx.core.Future;

/** Calls that a follower passes on to its leader, with the caller's token. */
public interface LeaderCalls {

  /**
   * Promotes a learner at the leader.
   *
   * @return its reply; fails with its refusal, or {@code NO_LEADER} or {@code TIMEOUT}
   */
  Future<MemberPromoteResponse> promote(CallContext context, MemberPromoteRequest request);
}
