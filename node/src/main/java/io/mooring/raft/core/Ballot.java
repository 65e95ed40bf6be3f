package io.mooring.raft.core;

import java.util.TreeMap;

/** Who has answered a request for a vote, and how. The first answer of a member stands (B93). */
final class Ballot {

  private final TreeMap<Long, Boolean> answers = new TreeMap<>();

  void record(long memberId, boolean granted) {
    answers.putIfAbsent(memberId, granted);
  }

  /** Only voters of the configuration in force count, whoever has answered (R10, R22). */
  Quorum.Tally tally(Quorum quorum) {
    return quorum.tally(
        voter -> answers.getOrDefault(voter, false), voter -> !answers.getOrDefault(voter, true));
  }
}
