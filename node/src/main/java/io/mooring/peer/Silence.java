package io.mooring.peer;

/**
 * How long another member has given no sign of life, in beats of this member's own loop. Not in
 * time: after a pause of this process, however long, the signs of the others still wait in the
 * sockets, and the first thing that runs may be the timer. Confined to its loop.
 */
final class Silence {

  private final long maxBeats;
  private long beats;

  /**
   * Begins as if there had just been a sign.
   *
   * @param limitNs that it may last
   * @param beatNs between calls of {@link #beat}
   */
  Silence(long limitNs, long beatNs) {
    this.maxBeats = Math.max(1, limitNs / beatNs);
  }

  /** A sign of life. */
  void heard() {
    beats = 0;
  }

  /** How long it has lasted. */
  long beats() {
    return beats;
  }

  /** To be called once in each interval: whether the silence has lasted too long now. */
  boolean beat() {
    beats++;
    return beats > maxBeats;
  }
}
