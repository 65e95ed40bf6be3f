package io.mooring.raft;

import io.mooring.log.SegmentLog;
import io.mooring.machine.View;
import io.mooring.raft.core.Raft;
import io.mooring.raft.core.Role;
import io.mooring.raft.core.SoftState;
import java.util.HashMap;
import java.util.Map;

/** What this member knows of itself and of others, as all threads may see it. */
final class Standing {

  private volatile RaftStatus status;
  private volatile Map<Long, Long> matchIndexes = Map.of();

  Standing(RaftStatus atStart) {
    this.status = atStart;
  }

  /** Of a member that has been opened and does not take part yet. */
  static Standing before(SegmentLog log, View view) {
    return new Standing(
        new RaftStatus(
            log.hardState().term(), 0, log.last().index(), log.commitIndex(), view.appliedIndex()));
  }

  RaftStatus status() {
    return status;
  }

  long matchIndex(long memberId) {
    return matchIndexes.getOrDefault(memberId, MemberLinks.UNKNOWN);
  }

  /** After a turn. Raft loop. */
  void publish(Raft core, SoftState soft) {
    status =
        new RaftStatus(
            soft.term(),
            soft.leaderId(),
            core.lastIndex(),
            core.commitIndex(),
            core.appliedIndex());
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
