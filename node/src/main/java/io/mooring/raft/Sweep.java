package io.mooring.raft;

import io.mooring.base.Check;
import io.mooring.loop.Loop;
import io.mooring.raft.core.Raft;
import io.mooring.raft.core.SoftState;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** Answers those who have waited too long. On the raft loop, only while somebody waits there. */
final class Sweep {

  private static final long PERIOD_NS = TimeUnit.MILLISECONDS.toNanos(50);

  private final Loop loop;
  private final ProposalQueue writes;
  private final ReadQueue reads;
  private final HandOvers handOvers;
  private final LateWrites late;
  private final Runnable turn;
  private boolean scheduled;

  /**
   * Creates one.
   *
   * @param turn runs on the loop when it is time to {@link #expire}
   */
  Sweep(
      Loop loop,
      ProposalQueue writes,
      ReadQueue reads,
      HandOvers handOvers,
      LateWrites late,
      Runnable turn) {
    this.loop = loop;
    this.writes = writes;
    this.reads = reads;
    this.handOvers = handOvers;
    this.late = late;
    this.turn = turn;
  }

  /** Sees to it that a turn comes, if somebody waits. */
  void later() {
    boolean nobody = writes.isEmpty() && reads.isEmpty() && handOvers.isEmpty();
    if (scheduled || nobody) {
      return;
    }
    scheduled = true;
    loop.timer(
        PERIOD_NS,
        () -> {
          scheduled = false;
          turn.run();
        });
  }

  /**
   * Answers whose time is over.
   *
   * @param core null while the member replays its log: nothing has been proposed then
   */
  void expire(SoftState soft, @Nullable Raft core) {
    long nowNs = loop.nowNs();
    writes.expire(
        nowNs,
        soft.leaderId() != 0,
        began ->
            late.reason(began, nowNs, soft.leaderId(), Check.present(core, "nothing proposed")));
    reads.expire(nowNs);
    handOvers.expire(nowNs);
  }
}
