package io.mooring.duty;

import io.mooring.loop.Loop;
import io.mooring.loop.Periodic;
import io.mooring.raft.Consensus;
import java.util.concurrent.TimeUnit;

/**
 * Notices that this member has been removed from its cluster, about a second after it applied that:
 * time to answer whoever asked for it, and to tell the others what is committed. Duty loop.
 */
public final class RemovalWatch {

  private static final long LOOK_NS = TimeUnit.SECONDS.toNanos(1);

  private final Periodic clock;
  private final Consensus consensus;
  private final long memberId;
  private final Runnable removed;
  private boolean seen;

  /**
   * Creates it; nothing runs before {@link #start}.
   *
   * @param removed called once, on the duty loop; must hand over and return
   */
  public RemovalWatch(Loop loop, Consensus consensus, long memberId, Runnable removed) {
    this.clock = new Periodic(loop, LOOK_NS, this::look);
    this.consensus = consensus;
    this.memberId = memberId;
    this.removed = removed;
  }

  /** Begins. Any thread. */
  public void start() {
    clock.start();
  }

  /** Ends. Any thread. */
  public void stop() {
    clock.stop();
  }

  private void look() {
    if (seen) {
      clock.stop();
      removed.run();
    }
    seen = consensus.view().members().wasRemoved(memberId);
  }
}
