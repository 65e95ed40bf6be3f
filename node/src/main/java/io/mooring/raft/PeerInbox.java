package io.mooring.raft;

import io.mooring.loop.Loop;
import io.mooring.loop.Mailbox;
import io.mooring.raft.core.Message;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;

/**
 * What other members sent, on its way to the raft loop: bounded in messages and in bytes. What does
 * not fit is dropped; consensus lives with lost messages, and not without memory.
 */
final class PeerInbox {

  /** Above what the core of every other member has in flight to this one. */
  private static final long MAX_BYTES = 128L << 20;

  private static final int MAX_TURNS = 16_384;

  private final AtomicLong bytes = new AtomicLong();
  private final Mailbox<Arrived> mailbox;

  private record Arrived(List<Message> messages, long bytes) {}

  /**
   * Creates an inbox.
   *
   * @param receiver takes each list that was offered, in order, on the loop; told at the end of a
   *     turn by an empty list
   */
  PeerInbox(Loop loop, Consumer<List<Message>> receiver) {
    mailbox =
        new Mailbox<>(
            loop,
            MAX_TURNS,
            turn -> {
              for (Arrived arrived : turn) {
                bytes.addAndGet(-arrived.bytes);
                receiver.accept(arrived.messages);
              }
              receiver.accept(List.of());
            });
  }

  /** Puts messages in; false when there is no room. Any thread. */
  boolean offer(List<Message> messages, long size) {
    if (bytes.addAndGet(size) > MAX_BYTES || !mailbox.offer(new Arrived(messages, size))) {
      bytes.addAndGet(-size);
      return false;
    }
    return true;
  }
}
