package io.mooring.duty;

import io.mooring.loop.Loop;
import io.mooring.raft.Consensus;
import java.util.concurrent.TimeUnit;

/**
 * Notices that this member has been removed from its cluster, about a second after it applied that:
 * time to answer whoever asked for it, and to tell the others what is committed. Duty loop.
 */
public final class RemovalWatch {

  private static final long LOOK_NS = TimeUnit.SECONDS.toNanos(1);

  private final Loop loop;
  private final Consensus consensus;
  private final long memberId;
  private final Runnable removed;
  private boolean seen;
  private boolean stopped;

  /**
   * Creates it; nothing runs before {@link #start}.
   *
   * @param removed called once, on the duty loop; must hand over and return
   */
  public RemovalWatch(Loop loop, Consensus consensus, long memberId, Runnable removed) {
    this.loop = loop;
    this.consensus = consensus;
    this.memberId = memberId;
    this.removed = removed;
  }

  /** Begins. Any thread. */
  public void start() {
    loop.execute(this::look);
  }

  /** Ends. Any thread. */
  public void stop() {
    loop.execute(() -> stopped = true);
  }

  private void look() {
    if (stopped) {
      return;
    }
    if (seen) {
      stopped = true;
      removed.run();
      return;
    }
    seen = consensus.view().members().wasRemoved(memberId);
    loop.timer(LOOK_NS, this::look);
  }
}
