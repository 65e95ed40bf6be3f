package io.mooring.peer;

import io.mooring.api.internalpb.ClusterDescription;
import io.mooring.api.internalpb.LeaderAnswer;
import io.mooring.api.internalpb.LeaderAsk;
import io.vertx.core.Future;

/** What this member answers to the questions of others. Called on the peer loop; never blocks. */
public interface PeerAnswers {

  /** What this member takes for its cluster now. */
  ClusterDescription describe();

  /**
   * Answers what only a leader can.
   *
   * @param ask whose greeting has been found right
   * @param deadlineNs on the peer loop's clock; after it nobody waits for the answer
   * @return completes on the peer loop; a failure other than a refusal ends the call without an
   *     answer
   */
  Future<LeaderAnswer> answer(LeaderAsk ask, long deadlineNs);
}
