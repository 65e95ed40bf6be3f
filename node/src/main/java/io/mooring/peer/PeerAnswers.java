package io.mooring.peer;

import io.mooring.api.internalpb.ClusterDescription;

/** What this member answers to the questions of others. Called on the peer loop; never blocks. */
public interface PeerAnswers {

  /** What this member takes for its cluster now. */
  ClusterDescription describe();
}
