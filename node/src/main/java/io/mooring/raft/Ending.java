package io.mooring.raft;

import io.mooring.error.ServerError;
import io.mooring.loop.Reply;
import io.mooring.loop.ReplyBatch;
import io.vertx.core.Promise;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * The end of a member's part in consensus: wanted from the first call on, in sight while what is
 * under way is finished, then there. Several may ask for it, and each hears of it.
 *
 * <p>Confined to the raft loop, but for {@link #want} and {@link #wanted}.
 */
final class Ending {

  private final List<Promise<Void>> asked = new ArrayList<>(1);
  private volatile boolean wanted;
  private boolean reached;

  /** From now on nothing new is taken. Any thread. */
  void want() {
    wanted = true;
  }

  /** Whether nothing new is taken. Any thread. */
  boolean wanted() {
    return wanted;
  }

  /** Somebody waits for it. */
  void tell(Promise<Void> promise) {
    asked.add(promise);
  }

  /** Whether somebody waits for it, and it may come as soon as nothing is under way. */
  boolean inSight() {
    return !reached && !asked.isEmpty();
  }

  /** It is there: nothing runs any more. */
  void reach() {
    reached = true;
  }

  /** Whether it is there. */
  boolean reached() {
    return reached;
  }

  /**
   * Once it is there, refuses what was offered before that was known.
   *
   * @return whether it is there
   */
  boolean refuses(ReplyBatch replies, Stream<? extends Reply<?>> offered) {
    if (reached) {
      offered.forEach(late -> replies.fail(late, ServerError.STOPPED.exception()));
      replies.flush();
    }
    return reached;
  }

  /** Tells all who asked. */
  void announce() {
    asked.forEach(Promise::tryComplete);
    asked.clear();
  }
}
