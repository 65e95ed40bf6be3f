package io.mooring.duty;

import io.mooring.api.internalpb.CheckState;
import io.mooring.api.internalpb.Command;
import io.mooring.error.EtcdException;
import io.mooring.loop.Loop;
import io.mooring.loop.Periodic;
import io.mooring.machine.hash.Mark;
import io.mooring.machine.hash.StateHash;
import io.mooring.raft.Consensus;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sends the hash of this member's state through the log while it leads, once for each new mark, so
 * that every member compares it with its own and stops when it differs. Costs one small entry for
 * every {@link StateHash#MARK_ENTRIES}. Duty loop.
 */
public final class CorruptionCheck {

  private static final Logger LOG = LoggerFactory.getLogger(CorruptionCheck.class);
  private static final long LOOK_NS = TimeUnit.SECONDS.toNanos(1);
  private static final long PROPOSAL_TIMEOUT_NS = TimeUnit.SECONDS.toNanos(7);

  private final Loop loop;
  private final Periodic clock;
  private final Consensus consensus;
  private final long memberId;
  private long checkedIndex;
  private boolean inFlight;

  /** Creates it; nothing runs before {@link #start}. */
  public CorruptionCheck(Loop loop, Consensus consensus, long memberId) {
    this.loop = loop;
    this.clock = new Periodic(loop, LOOK_NS, this::look);
    this.consensus = consensus;
    this.memberId = memberId;
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
    Mark mark = consensus.view().mark();
    boolean leads = consensus.status().leaderId() == memberId;
    if (leads && !inFlight && mark.index() > checkedIndex) {
      propose(mark);
    }
  }

  private void propose(Mark mark) {
    inFlight = true;
    CheckState check =
        CheckState.newBuilder()
            .setMember(memberId)
            .setIndex(mark.index())
            .setHash(mark.hash())
            .setConstruction(StateHash.CONSTRUCTION)
            .build();
    consensus
        .propose(
            loop,
            Command.newBuilder().setCheckState(check).build(),
            loop.nowNs() + PROPOSAL_TIMEOUT_NS)
        .onComplete(
            done -> {
              inFlight = false;
              if (done.succeeded()) {
                checkedIndex = mark.index();
              } else if (!(done.cause() instanceof EtcdException)) {
                LOG.warn("comparing states at index {} failed", mark.index(), done.cause());
              }
            });
  }
}
