package io.mooring.raft;

import io.mooring.loop.Loop;
import io.mooring.machine.View;
import io.mooring.raft.core.Transfer;
import io.vertx.core.Future;

/**
 * Moves the machine's whole state between members, for those that need entries which nobody keeps
 * any more. Called on the raft loop; hands over and returns.
 *
 * <pre>
 *   on the receiver's disk                                by
 *   1. what was sent, whole and synced                    then {@link RaftDriver#received}
 *   2. an engine loaded from it beside the live one       {@link #load}
 *   3. the log, begun anew behind it                      the driver
 *   4. that engine in the live one's place                {@link #install}
 * </pre>
 *
 * Each step is durable before the next begins (R24). The log's step is the one that decides: before
 * it a restart finds the old state, after it the new one.
 */
public interface StateTransfer {

  /** A member alone: nobody can be behind it. */
  StateTransfer NONE =
      new StateTransfer() {
        @Override
        public void send(long memberId, long term) {
          throw new IllegalStateException("R24 a transfer to member " + memberId + " of nobody");
        }

        @Override
        public void cancelSends() {}

        @Override
        public Future<Void> load(Loop caller, Transfer transfer) {
          return Future.failedFuture("no transfer snapshot can be here");
        }

        @Override
        public Future<View> install(Loop caller, Transfer transfer) {
          return Future.failedFuture("no transfer snapshot is loaded");
        }
      };

  /**
   * Sends this member's state to another. However that ends, {@link RaftDriver#transferEnded} hears
   * of it.
   *
   * @param term in which this member leads
   */
  void send(long memberId, long term);

  /**
   * Ends everything that is being sent: this member does not lead any more, and who receives it
   * would refuse it in the end. Nobody hears of these ends.
   */
  void cancelSends();

  /**
   * Loads what was received into an engine beside the live one, durably.
   *
   * @param caller the loop that the future resumes on
   * @return fails when it does not load; nothing has changed then
   */
  Future<Void> load(Loop caller, Transfer transfer);

  /**
   * Puts the loaded engine in the live one's place, durably, and the machine on it. Everything
   * committed before has been applied, and nothing else is until this has ended. A failure ends the
   * member.
   *
   * @param caller the loop that the future resumes on
   * @return the view of the new state, which has been published
   */
  Future<View> install(Loop caller, Transfer transfer);
}
