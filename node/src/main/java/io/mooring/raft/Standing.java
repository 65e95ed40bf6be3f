package io.mooring.raft;

import io.mooring.log.SegmentLog;
import io.mooring.machine.View;
import io.mooring.raft.core.Raft;
import io.mooring.raft.core.Role;
import io.mooring.raft.core.SoftState;
import java.util.HashMap;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What this member knows of itself and of others, as all threads may see it. */
final class Standing implements MemberLinks {

  private static final Logger LOG = LoggerFactory.getLogger(Standing.class);

  private final long memberId;
  private final Outbound outbound;
  private final RaftMeter meter = new RaftMeter();

  private volatile RaftStatus status;
  private volatile Map<Long, Long> matchIndexes = Map.of();

  private Standing(long memberId, Outbound outbound, RaftStatus atStart) {
    this.memberId = memberId;
    this.outbound = outbound;
    this.status = atStart;
  }

  /** Of a member that has been opened and does not take part yet. */
  static Standing before(long memberId, Outbound outbound, SegmentLog log, View view) {
    return new Standing(
        memberId,
        outbound,
        new RaftStatus(
            log.hardState().term(),
            0,
            log.last().index(),
            log.commitIndex(),
            view.appliedIndex(),
            0));
  }

  RaftStatus status() {
    return status;
  }

  @Override
  public RaftMeter meter() {
    return meter;
  }

  @Override
  public long connectedNs(long other) {
    return outbound.connectedNs(other);
  }

  @Override
  public long matchIndex(long other) {
    return matchIndexes.getOrDefault(other, UNKNOWN);
  }

  /** Whether what is for the leader would get there: it leads itself, or the way is up. */
  boolean reaches(long leaderId) {
    return leaderId == memberId || (leaderId != 0 && connectedNs(leaderId) >= 0);
  }

  /** After a turn. Raft loop. */
  void publish(Raft core, SoftState soft) {
    boolean change = soft.leaderId() != 0 && soft.leaderId() != status.leaderId();
    if (soft.leaderId() != status.leaderId()) {
      log(soft);
    }
    status =
        new RaftStatus(
            soft.term(),
            soft.leaderId(),
            core.lastIndex(),
            core.commitIndex(),
            core.appliedIndex(),
            status.leaderChanges() + (change ? 1 : 0));
  }

  private void log(SoftState soft) {
    if (soft.leaderId() == memberId) {
      LOG.info("this member leads, in term {}", soft.term());
    } else if (soft.leaderId() != 0) {
      LOG.info("member {} leads, in term {}", Long.toHexString(soft.leaderId()), soft.term());
    } else {
      LOG.info("no leader, in term {}", soft.term());
    }
  }

  /** Now and then: only a leader knows how far the others are. Raft loop. */
  void publishMatches(Raft core, SoftState soft) {
    if (soft.role() != Role.Kind.LEADER) {
      matchIndexes = Map.of();
      return;
    }
    Map<Long, Long> now = new HashMap<>();
    for (long member : core.configuration().members()) {
      now.put(member, core.matchIndex(member));
    }
    matchIndexes = now;
  }
}
