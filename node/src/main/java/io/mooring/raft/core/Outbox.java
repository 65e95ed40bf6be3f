package io.mooring.raft.core;

import io.mooring.base.Check;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;

/**
 * Messages on their way out: those that may go at once, and those that speak for a term or a vote
 * which is not yet durable here. After a crash this member would come back without either, and
 * might vote in that term again (R2, R3).
 *
 * <p>A pre-vote carries no term that was entered, so it never waits. An acknowledgement of entries
 * waits elsewhere: {@link Follower} makes it only once they are durable.
 */
final class Outbox {

  /** Beyond this the oldest are dropped, as any message may be: the disk stands still. */
  private static final int MAX_WAITING = 4_096;

  private List<Message> ready = new ArrayList<>();
  private final ArrayDeque<Waiting> waiting = new ArrayDeque<>();
  private HardState durable;

  /** A message, and the hard state that it speaks for. */
  private record Waiting(Message message, HardState hardState) {}

  Outbox(HardState durable) {
    this.durable = durable;
  }

  /** The newest durable term and vote. */
  HardState durable() {
    return durable;
  }

  /** Puts a message where it belongs. */
  void send(Message message, HardState current) {
    if (message.isPreVote()) {
      ready.add(message);
      return;
    }
    Check.that(message.term() == current.term(), "R2 sent in another term", message.term());
    if (durable.covers(current)) {
      ready.add(message);
      return;
    }
    if (waiting.size() == MAX_WAITING) {
      waiting.remove();
    }
    waiting.add(new Waiting(message, current));
  }

  /**
   * The disk has caught up.
   *
   * @param current what waits for an older term is dropped: whoever asked is of no interest now
   */
  void persisted(HardState hardState, HardState current) {
    Check.that(hardState.term() >= durable.term(), "R2 durable term fell", hardState.term());
    durable = hardState;
    waiting.removeIf(each -> each.message.term() != current.term());
    while (!waiting.isEmpty() && durable.covers(waiting.peek().hardState)) {
      ready.add(waiting.remove().message);
    }
  }

  /** Hands out what may go. */
  List<Message> take() {
    if (ready.isEmpty()) {
      return List.of();
    }
    List<Message> taken = ready;
    ready = new ArrayList<>();
    return taken;
  }
}
