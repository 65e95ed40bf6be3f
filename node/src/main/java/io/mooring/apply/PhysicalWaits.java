package io.mooring.apply;

import io.mooring.error.EtcdError;
import io.mooring.error.ServerError;
import io.mooring.loop.Reply;
import io.mooring.loop.ReplyBatch;
import io.mooring.machine.Outcome;
import java.util.Comparator;
import java.util.PriorityQueue;

/**
 * Compactions whose callers want to hear only when the engine has physically removed what is below.
 * Bounded: one too many is told that its outcome is not known. Apply thread.
 */
final class PhysicalWaits {

  static final int MAX_WAITING = 1_024;

  private record Waiting(long revision, Reply<Outcome> reply, Outcome outcome) {}

  private final PriorityQueue<Waiting> waiting =
      new PriorityQueue<>(Comparator.comparingLong(Waiting::revision));

  /** Whether somebody waits. */
  boolean isEmpty() {
    return waiting.isEmpty();
  }

  /** Keeps an answer until everything below a revision is gone. */
  void add(long revision, Reply<Outcome> reply, Outcome outcome, ReplyBatch replies) {
    if (waiting.size() == MAX_WAITING) {
      replies.fail(reply, ServerError.TIMEOUT.exception());
    } else {
      waiting.add(new Waiting(revision, reply, outcome));
    }
  }

  /** Answers those whose wait is over. */
  void release(long reclaimedRevision, ReplyBatch replies) {
    for (Waiting first = waiting.peek();
        first != null && first.revision() <= reclaimedRevision;
        first = waiting.peek()) {
      waiting.remove();
      replies.succeed(first.reply(), first.outcome());
    }
  }

  /** Answers everybody with a refusal. */
  void failAll(EtcdError refusal, ReplyBatch replies) {
    for (Waiting one : waiting) {
      replies.fail(one.reply(), refusal.exception());
    }
    waiting.clear();
  }
}
