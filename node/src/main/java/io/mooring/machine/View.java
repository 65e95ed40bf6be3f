package io.mooring.machine;

import io.mooring.api.storage.EngineState;
import io.mooring.api.storage.MvccEngine;
import io.mooring.machine.auth.AuthTable;
import io.mooring.machine.cluster.AlarmTable;
import io.mooring.machine.cluster.MemberTable;
import io.mooring.machine.hash.Mark;
import io.mooring.machine.lease.LeaseTable;

/**
 * The published state after a batch: immutable, one for all readers. It names a revision rather
 * than holding keys; any engine snapshot at least as new answers for it. The small tables are
 * persistent maps, so that publishing costs nothing that grows with them.
 *
 * @param appliedIndex last log index in it
 * @param appliedTerm term of that entry
 * @param revision current main revision
 * @param compactRevision lowest readable revision, -1 when never compacted
 * @param engine the engine generation that holds the keys
 * @param leases every lease
 * @param alarms active alarms
 * @param members the cluster's members
 * @param auth users, roles and permissions
 * @param mark the newest hash of the whole state that members may be compared by
 */
public record View(
    long appliedIndex,
    long appliedTerm,
    long revision,
    long compactRevision,
    MvccEngine engine,
    LeaseTable leases,
    AlarmTable alarms,
    MemberTable members,
    AuthTable auth,
    Mark mark) {

  /** A view of an engine's newest commit whose small tables are empty. */
  public static View of(MvccEngine engine) {
    EngineState state = engine.state();
    return new View(
        state.appliedIndex(),
        state.appliedTerm(),
        state.revision(),
        state.compactRevision(),
        engine,
        LeaseTable.EMPTY,
        AlarmTable.EMPTY,
        MemberTable.EMPTY,
        AuthTable.OFF,
        Mark.NONE);
  }

  /** Who takes part in consensus from {@link #appliedIndex} on. */
  public Membership membership() {
    return new Membership(members.voters(), members.learners());
  }
}
