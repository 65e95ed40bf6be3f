package io.mooring.service;

import io.mooring.api.etcdserverpb.MemberPromoteRequest;
import io.mooring.api.etcdserverpb.MemberPromoteResponse;
import io.mooring.loop.Loop;
import io.vertx.core.Future;

/**
 * Questions to another member that leads, each asked once. What fails with a refusal is the
 * leader's answer; {@code NOT_LEADER} says that it is none, any other failure that it could not be
 * heard.
 */
public interface LeaderCalls {

  /**
   * Renews leases.
   *
   * @param loop where the future resumes
   * @return as {@link io.mooring.duty.LeaseExpiry#renew}
   */
  Future<long[]> renew(Loop loop, long leaderId, long[] ids, long timeoutNs);

  /**
   * Asks how much a lease has left.
   *
   * @return as {@link io.mooring.duty.LeaseExpiry#remainingNs}
   */
  Future<Long> remainingNs(Loop loop, long leaderId, long leaseId, long timeoutNs);

  /** Promotes a learner, in the name of the caller. */
  Future<MemberPromoteResponse> promote(
      CallContext context, long leaderId, MemberPromoteRequest request, long timeoutNs);
}
