package io.mooring.raft;

import io.mooring.loop.Loop;
import io.vertx.core.Future;

/** Hands leadership over. */
public interface Leadership {

  /**
   * Makes another voter leader, which this member is now. Any loop.
   *
   * @param loop where the future resumes
   * @param memberId a voter, not this member
   * @param deadlineNs on the loop's clock
   * @return done once this member follows that one; fails with {@code TRANSFER_TIMEOUT}
   */
  Future<Void> transfer(Loop loop, long memberId, long deadlineNs);
}
