package io.mooring.raft.core;

import io.mooring.base.Check;
import java.util.ArrayDeque;

/**
 * Appends sent to one member and not yet acknowledged: the window that pipelining may fill, bounded
 * in bytes and in messages (R28). Whatever is acknowledged frees everything up to it, since a match
 * covers all entries before it.
 */
final class Inflight {

  private final RaftLimits limits;
  private final ArrayDeque<Sent> sent = new ArrayDeque<>();
  private long bytes;

  private record Sent(long lastIndex, long bytes) {}

  Inflight(RaftLimits limits) {
    this.limits = limits;
  }

  /** Whether nothing more may be sent. A single message may exceed the bound in bytes. */
  boolean isFull() {
    return sent.size() >= limits.maxInflightMessages() || bytes >= limits.maxInflightBytes();
  }

  boolean isEmpty() {
    return sent.isEmpty();
  }

  void add(long lastIndex, long sizeBytes) {
    Check.that(!isFull(), "R28 sent beyond the window", sent.size(), bytes);
    Sent newest = sent.peekLast();
    Check.that(newest == null || newest.lastIndex < lastIndex, "sent twice", lastIndex);
    sent.add(new Sent(lastIndex, sizeBytes));
    bytes += sizeBytes;
  }

  /** Everything up to an index has arrived. */
  void freeUpTo(long index) {
    for (Sent first = sent.peek(); first != null && first.lastIndex <= index; first = sent.peek()) {
      bytes -= first.bytes;
      sent.remove();
    }
    Check.that(bytes >= 0, "R28 bytes in flight", bytes);
  }

  void clear() {
    sent.clear();
    bytes = 0;
  }
}
