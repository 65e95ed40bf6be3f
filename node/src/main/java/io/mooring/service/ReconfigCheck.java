package io.mooring.service;

import io.mooring.api.etcdserverpb.Member;
import io.mooring.error.ClusterError;
import io.mooring.machine.cluster.MemberTable;
import io.mooring.raft.MemberLinks;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * etcd's {@code --strict-reconfig-check}: refuses changes of membership that would, or could at the
 * next fault, leave the cluster without a quorum (server/etcdserver/server.go, mayAddMember and its
 * like). A member is <em>started</em> when it has a name, and <em>connected</em> when its link has
 * been up for 5 s; this member always is. Any thread.
 */
final class ReconfigCheck {

  private static final long SETTLED_NS = TimeUnit.SECONDS.toNanos(5);

  private final boolean strict;
  private final long memberId;
  private final MemberLinks links;

  /**
   * Creates the check.
   *
   * @param strict false lets everything pass
   * @param memberId this member
   */
  ReconfigCheck(boolean strict, long memberId, MemberLinks links) {
    this.strict = strict;
    this.memberId = memberId;
    this.links = links;
  }

  /** Why no member may be added now, or null. */
  @Nullable ClusterError add(MemberTable members, boolean learner) {
    if (!strict) {
      return null;
    }
    int voters = members.voters().size();
    int started = started(members, 0);
    // One started member may grow to two, or a cluster restored from a backup never could.
    boolean firstSteps = voters == 1 && started == 1;
    if (!learner && !firstSteps && started < quorum(voters + 1)) {
      return ClusterError.NOT_ENOUGH_STARTED;
    }
    return voters > 1 && connected(members) < quorum(voters + 1) ? ClusterError.UNHEALTHY : null;
  }

  /** Why a member may not be removed now, or null. */
  @Nullable ClusterError remove(MemberTable members, long id) {
    Member target = members.get(id);
    if (!strict || (target != null && target.getIsLearner())) {
      return null;
    }
    int rest = members.voters().size() - (target == null ? 0 : 1);
    if (started(members, id) < quorum(rest)) {
      return ClusterError.NOT_ENOUGH_STARTED;
    }
    boolean up = id == memberId || links.connectedNs(id) >= 0;
    int restOfTarget = members.voters().size() - 1;
    return up && connected(members) - 1 < quorum(restOfTarget) ? ClusterError.UNHEALTHY : null;
  }

  /** Why a learner may not be promoted now, or null. */
  @Nullable ClusterError promote(MemberTable members) {
    boolean enough = started(members, 0) + 1 >= quorum(members.voters().size() + 1);
    return !strict || enough ? null : ClusterError.NOT_ENOUGH_STARTED;
  }

  private static int quorum(int voters) {
    return voters / 2 + 1;
  }

  private static int started(MemberTable members, long exceptId) {
    int count = 0;
    for (Member member : members.list()) {
      boolean counts = !member.getIsLearner() && member.getID() != exceptId;
      count += counts && !member.getName().isEmpty() ? 1 : 0;
    }
    return count;
  }

  private int connected(MemberTable members) {
    int count = 0;
    for (long voter : members.voters()) {
      count += voter == memberId || links.connectedNs(voter) >= SETTLED_NS ? 1 : 0;
    }
    return count;
  }
}
