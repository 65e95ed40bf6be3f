package io.mooring.raft.core;

import io.mooring.base.Check;

/**
 * What a leader knows about one member's log, and how it sends to it. All changes of state are
 * here.
 *
 * <pre>
 *   from        on                                     to
 *   start                                              PROBE       nothing is known yet
 *   PROBE       an acknowledgement                     REPLICATE   it agrees; fill the window
 *   REPLICATE   a refusal, or reported unreachable     PROBE       something was lost
 *   any         the window has dropped what it needs   SNAPSHOT    send nothing; a transfer is due
 *   SNAPSHOT    acknowledged up to the window          REPLICATE
 *   SNAPSHOT    the transfer ended                     PROBE
 *
 *   match &lt; next;  in PROBE one append is out at a time;  in REPLICATE next runs ahead
 * </pre>
 */
final class Progress {

  private final Inflight inflight;
  private State state = State.PROBE;
  private long matchIndex;
  private long nextIndex;

  /** In PROBE: the one append is out, and neither answered nor given up. */
  private boolean probeOut;

  /** Highest commit index that the member will know once everything sent has arrived. */
  private long commitSent;

  /** A state was asked for, and the member has not caught up since, nor gone silent. */
  private boolean fetching;

  /** Heard from since the last check of the quorum (R16). */
  private boolean active;

  private boolean heardSinceBeat;
  private long matchAtBeat;

  /** How a leader sends to a member. */
  enum State {
    PROBE,
    REPLICATE,
    SNAPSHOT
  }

  /**
   * Begins by assuming that the member has all that the leader had.
   *
   * @param active a member that was just added counts as heard from until the next check
   */
  Progress(RaftLimits limits, long nextIndex, boolean active) {
    this.inflight = new Inflight(limits);
    this.nextIndex = nextIndex;
    this.active = active;
  }

  /** Highest index known to be durable on that member and equal to the leader's (R10). */
  long matchIndex() {
    return matchIndex;
  }

  /** First index that has not been sent. */
  long nextIndex() {
    return nextIndex;
  }

  State state() {
    return state;
  }

  long commitSent() {
    return commitSent;
  }

  /** The leader's own disk holds everything up to here. */
  void persistedHere(long index) {
    Check.that(index >= matchIndex, "R9 match index fell", index, matchIndex);
    matchIndex = index;
    nextIndex = index + 1;
  }

  // Sending.

  /** Whether an append with entries may go now. */
  boolean maySend() {
    return switch (state) {
      case PROBE -> !probeOut;
      case REPLICATE -> !inflight.isFull();
      case SNAPSHOT -> false;
    };
  }

  /** An append is on its way. */
  void sent(long lastIndex, long sizeBytes, long commitIndex) {
    Check.that(state != State.SNAPSHOT, "sent to a member that waits for a transfer", lastIndex);
    commitSent = Math.max(commitSent, Math.min(commitIndex, lastIndex));
    if (state == State.PROBE) {
      probeOut = true;
    } else if (lastIndex >= nextIndex) {
      inflight.add(lastIndex, sizeBytes);
      nextIndex = lastIndex + 1;
    }
  }

  /** The log window begins after what the member needs; a transfer has been asked for. */
  void needsTransfer() {
    become(State.SNAPSHOT);
    fetching = true;
  }

  // Hearing.

  /** Anything has come from the member. */
  void heard() {
    active = true;
    heardSinceBeat = true;
  }

  /**
   * The member's disk holds everything up to an index.
   *
   * @param windowBase last index that is no longer in the window
   * @return whether that is news
   */
  boolean acknowledged(long index, long windowBase) {
    boolean news = index > matchIndex;
    matchIndex = Math.max(matchIndex, index);
    inflight.freeUpTo(index);
    // An answer to any append shows that the logs agree there, also when the index is old news.
    if (state == State.PROBE || (state == State.SNAPSHOT && matchIndex >= windowBase)) {
      become(State.REPLICATE);
    }
    nextIndex = Math.max(nextIndex, matchIndex + 1);
    return news;
  }

  /**
   * The member's log does not have the entry before an append.
   *
   * @param refusedIndex that entry's index
   * @param agreesAt the last index at which the logs may agree
   * @return whether the answer was to what is out now, and not to something older
   */
  boolean refused(long refusedIndex, long agreesAt) {
    boolean current =
        switch (state) {
          case REPLICATE -> refusedIndex > matchIndex && refusedIndex < nextIndex;
          case PROBE -> refusedIndex == nextIndex - 1;
          case SNAPSHOT -> false;
        };
    if (!current) {
      return false;
    }
    become(State.PROBE);
    nextIndex = Math.max(matchIndex, Math.min(agreesAt, refusedIndex - 1)) + 1;
    return true;
  }

  /** What was sent is probably lost. */
  void unreachable() {
    if (state == State.REPLICATE) {
      become(State.PROBE);
    }
  }

  /** The transfer has ended, well or not; what the member has by now a probe will show. */
  void transferEnded() {
    if (state == State.SNAPSHOT) {
      become(State.PROBE);
      // Not before the next heartbeat, or a transfer that keeps failing would be begun in a loop.
      probeOut = true;
    }
  }

  // Time.

  /**
   * A heartbeat interval has passed. A lost append shows by an acknowledgement that does not come.
   *
   * @return whether to send an append now, even an empty one, to find out: its refusal or
   *     acknowledgement tells where the member is
   */
  boolean beat() {
    boolean heard = heardSinceBeat;
    boolean stuck = matchIndex == matchAtBeat && matchIndex < nextIndex - 1;
    heardSinceBeat = false;
    matchAtBeat = matchIndex;
    if (!heard) {
      return false;
    }
    return switch (state) {
      case PROBE -> {
        probeOut = false;
        yield true;
      }
      case REPLICATE -> stuck;
      case SNAPSHOT -> false;
    };
  }

  /** Whether what comes behind the state that the member was sent must be kept for it. */
  boolean isFetching() {
    return fetching;
  }

  /** Everything there is has been sent. */
  void caughtUp() {
    fetching = false;
  }

  /** Whether the member was heard from since this was last called. */
  boolean takeActive() {
    boolean was = active;
    active = false;
    fetching &= was;
    return was;
  }

  boolean isActive() {
    return active;
  }

  private void become(State next) {
    state = next;
    inflight.clear();
    probeOut = false;
    nextIndex = matchIndex + 1;
    // What was sent may be lost; the commit index is told again.
    commitSent = 0;
    Check.that(nextIndex > matchIndex, "R9 next index at or below the match", nextIndex);
  }

  @Override
  public String toString() {
    return state.name().toLowerCase(java.util.Locale.ROOT)
        + " match="
        + matchIndex
        + " next="
        + nextIndex
        + (state == State.PROBE && probeOut || inflight.isFull() ? " paused" : "");
  }
}
