package io.mooring.sim.cluster;

import java.util.ArrayDeque;
import java.util.Deque;

/** What happened, in order: all of it as a hash, and the end of it as text. */
final class Trace {

  private static final int KEPT = 400;
  private static final long PRIME = 0x9E3779B97F4A7C15L;

  private final Deque<Event> tail = new ArrayDeque<>();
  private long hash = 1;
  private long events;

  private record Event(long nowNs, String what, long a, long b, long c) {
    @Override
    public String toString() {
      return "%12.3f ms  %s %d %d %d".formatted(nowNs / 1e6, what, a, b, c);
    }
  }

  /**
   * Notes an event.
   *
   * @param what a constant
   */
  void note(long nowNs, String what, long a, long b, long c) {
    hash = mix(mix(mix(mix(mix(hash, nowNs), what.hashCode()), a), b), c);
    events++;
    if (tail.size() == KEPT) {
      tail.removeFirst();
    }
    tail.addLast(new Event(nowNs, what, a, b, c));
  }

  /** Equal for equal runs, in any process. */
  long hash() {
    return hash;
  }

  long events() {
    return events;
  }

  /** The last events, one a line. */
  String tail() {
    StringBuilder text = new StringBuilder();
    tail.forEach(event -> text.append(event).append('\n'));
    return text.toString();
  }

  private static long mix(long hash, long value) {
    long mixed = (hash ^ value) * PRIME;
    return mixed ^ (mixed >>> 29);
  }
}
