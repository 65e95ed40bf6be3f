package io.mooring.peer;

import io.mooring.api.internalpb.PeerBatch;
import io.mooring.raft.core.Message;
import java.util.ArrayDeque;

/** Messages to one member that wait for its stream, bounded in bytes. Confined to the peer loop. */
final class PeerOutbox {

  private final long maxBytes;
  private final ArrayDeque<Message> waiting = new ArrayDeque<>();
  private long bytes;

  PeerOutbox(long maxBytes) {
    this.maxBytes = maxBytes;
  }

  /** Puts a message in; false when it is full. One alone may exceed the bound. */
  boolean offer(Message message) {
    long size = message.sizeBytes();
    if (bytes + size > maxBytes && !waiting.isEmpty()) {
      return false;
    }
    bytes += size;
    waiting.add(message);
    return true;
  }

  boolean isEmpty() {
    return waiting.isEmpty();
  }

  /** Forgets everything; false when there was nothing. */
  boolean clear() {
    boolean had = !waiting.isEmpty();
    waiting.clear();
    bytes = 0;
    return had;
  }

  /**
   * Takes the oldest messages out, as one frame's worth.
   *
   * @param batchBytes to stop at; at least one is taken
   */
  PeerBatch take(long batchBytes) {
    PeerBatch.Builder batch = PeerBatch.newBuilder();
    long taken = 0;
    while (!waiting.isEmpty()) {
      long size = waiting.getFirst().sizeBytes();
      if (taken > 0 && taken + size > batchBytes) {
        break;
      }
      taken += size;
      batch.addMessages(MessageCodec.encode(waiting.removeFirst()));
    }
    bytes -= taken;
    return batch.build();
  }
}
