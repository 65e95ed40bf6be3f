package io.mooring.raft;

import io.mooring.error.ClusterError;
import io.mooring.error.EtcdError;
import io.mooring.error.ServerError;
import io.mooring.loop.Reply;
import io.mooring.loop.ReplyBatch;
import io.mooring.raft.core.Raft;
import io.mooring.raft.core.Refusal;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Those who wait for leadership to be handed over, on the raft loop. As in etcd each waits as long
 * as it wants, even when the leader has given up: another try may still bring it about.
 */
final class HandOvers {

  private static final int MAX_WAITING = 1_024;

  private final ReplyBatch replies;
  private final List<Waiting> waiting = new ArrayList<>();

  /** One who waits until a member leads. */
  private record Waiting(long memberId, long deadlineNs, Reply<@Nullable Void> reply) {}

  HandOvers(ReplyBatch replies) {
    this.replies = replies;
  }

  /**
   * Begins to hand over.
   *
   * @param core null while the member replays its log
   * @param deadlineNs on the raft loop's clock
   */
  void begin(@Nullable Raft core, long memberId, long deadlineNs, Reply<@Nullable Void> reply) {
    if (core == null) {
      replies.fail(reply, ServerError.NO_LEADER.exception());
    } else if (waiting.size() == MAX_WAITING) {
      replies.fail(reply, ServerError.TOO_MANY_REQUESTS.exception());
    } else {
      Refusal refusal = core.transferLeadership(memberId);
      if (refusal == null) {
        waiting.add(new Waiting(memberId, deadlineNs, reply));
      } else {
        EtcdError error =
            refusal == Refusal.NOT_VOTER ? ClusterError.BAD_TRANSFEREE : ClusterError.NOT_LEADER;
        replies.fail(reply, error.exception());
      }
    }
  }

  /** This member follows a leader, or leads. */
  void leaderIs(long leaderId) {
    end(each -> each.memberId == leaderId, null);
  }

  /** Answers those who have waited too long. */
  void expire(long nowNs) {
    end(each -> nowNs - each.deadlineNs >= 0, ClusterError.TRANSFER_TIMEOUT);
  }

  boolean isEmpty() {
    return waiting.isEmpty();
  }

  /** The member stops. */
  void stop() {
    end(each -> true, ServerError.STOPPED);
  }

  private void end(Predicate<Waiting> which, @Nullable EtcdError error) {
    waiting.removeIf(
        each -> {
          if (!which.test(each)) {
            return false;
          }
          if (error == null) {
            replies.succeed(each.reply, null);
          } else {
            replies.fail(each.reply, error.exception());
          }
          return true;
        });
  }
}
