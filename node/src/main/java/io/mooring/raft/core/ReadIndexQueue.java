package io.mooring.raft.core;

import io.mooring.base.Check;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;

/**
 * Reads that wait for proof that this leader still leads. All that arrive before a round of
 * heartbeats begins share it. A quorum that answers the round, or a later one, had not left the
 * term after every one of those reads had arrived; so nobody else can have committed anything
 * before them, and the commit index of the round's beginning is fresh enough (R13).
 *
 * <p>One leader's queue: it goes with the role, so no answer crosses a leader change.
 */
final class ReadIndexQueue {

  private final int maxWaiting;
  private List<Ask> arrived = new ArrayList<>();
  private final ArrayDeque<Round> rounds = new ArrayDeque<>();
  private final TreeMap<Long, Long> answered = new TreeMap<>();
  private long lastRound;
  private int waiting;

  /** A read of one member, under the context that it chose. */
  record Ask(long memberId, long context) {}

  /** Reads whose proof is under way. */
  record Round(long number, long index, List<Ask> asks) {}

  ReadIndexQueue(int maxWaiting) {
    this.maxWaiting = maxWaiting;
  }

  /** Adds a read. False: full, and nothing was taken. */
  boolean add(Ask ask) {
    if (waiting == maxWaiting) {
      return false;
    }
    waiting++;
    arrived.add(ask);
    return true;
  }

  /** Whether a read waits for a round to begin. */
  boolean hasArrived() {
    return !arrived.isEmpty();
  }

  /**
   * Begins a round; its heartbeats must be sent right after.
   *
   * @param commitIndex of this leader now
   * @param mayRead whether this leader has committed in its term, so that its commit index is at or
   *     above everything that any leader before it acknowledged (R12)
   * @return its number, never used before
   */
  long begin(long commitIndex, boolean mayRead) {
    lastRound++;
    if (mayRead && !arrived.isEmpty()) {
      rounds.add(new Round(lastRound, commitIndex, arrived));
      arrived = new ArrayList<>();
    }
    return lastRound;
  }

  /** A member stands by this leader, after a round had begun. */
  void answered(long memberId, long round) {
    if (round <= lastRound) {
      answered.merge(memberId, round, Math::max);
    }
  }

  /**
   * Hands out what is proven.
   *
   * @param self counts without an answer: it is this leader
   */
  List<Round> confirmed(Quorum quorum, long self) {
    List<Round> confirmed = List.of();
    for (Round first = rounds.peek(); first != null; first = rounds.peek()) {
      long number = first.number;
      if (!quorum.reached(voter -> voter == self || answered.getOrDefault(voter, 0L) >= number)) {
        break;
      }
      if (confirmed.isEmpty()) {
        confirmed = new ArrayList<>();
      }
      confirmed.add(rounds.remove());
      waiting -= first.asks.size();
    }
    Check.that(waiting >= arrived.size(), "R13 reads lost count", waiting);
    return confirmed;
  }
}
