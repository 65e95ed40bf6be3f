package io.mooring.service;

import io.mooring.api.etcdserverpb.AlarmMember;
import io.mooring.api.etcdserverpb.AlarmRequest;
import io.mooring.api.etcdserverpb.AlarmRequest.AlarmAction;
import io.mooring.api.etcdserverpb.AlarmType;
import io.mooring.api.etcdserverpb.PutRequest;
import io.mooring.api.etcdserverpb.TxnRequest;
import io.mooring.api.internalpb.Command;
import io.mooring.error.EtcdError;
import io.mooring.error.KvError;
import io.mooring.machine.View;
import io.mooring.machine.cluster.AlarmTable;
import io.mooring.machine.mvcc.TxnShape;
import io.mooring.raft.Consensus;
import io.mooring.read.StoreFigures;
import org.jspecify.annotations.Nullable;

/**
 * Keeps the store within its quota of live bytes, before anything is proposed. Reaching it raises
 * the alarm NOSPACE, which refuses puts on every member. When space is back, the next write through
 * this member takes its own alarm back first, and goes through behind it. What nobody writes
 * through, or who is gone, {@code duty.SpaceAlarms} sees to. One for each client loop, and confined
 * to it.
 */
public final class QuotaGuard {

  /** What a lease counts. */
  public static final long LEASE_BYTES = 64;

  private final long quotaBytes;
  private final Consensus consensus;
  private final AlarmMember own;

  /** Proposals about alarms that are under way; while there are any, no further ones are made. */
  private int inFlight;

  /**
   * Creates a guard.
   *
   * @param quotaBytes 0 for none
   * @param memberId who raises the alarm
   */
  public QuotaGuard(long quotaBytes, Consensus consensus, long memberId) {
    this.quotaBytes = quotaBytes;
    this.consensus = consensus;
    this.own = AlarmMember.newBuilder().setMemberID(memberId).setAlarm(AlarmType.NOSPACE).build();
  }

  /** Why a put must not be proposed, or null. Called on the client loop. */
  public @Nullable EtcdError check(CallContext context, PutRequest request) {
    return quotaBytes == 0 ? null : check(context, TxnShape.quotaBytes(request));
  }

  /** Why a transaction must not be proposed, or null. */
  public @Nullable EtcdError check(CallContext context, TxnRequest request) {
    return quotaBytes == 0 ? null : check(context, TxnShape.quotaBytes(request));
  }

  /** Why something of a size must not be added, or null. */
  public @Nullable EtcdError check(CallContext context, long bytes) {
    if (quotaBytes == 0 || bytes == 0) {
      return null;
    }
    View view = consensus.view();
    boolean full = StoreFigures.liveBytes(view) + bytes >= quotaBytes;
    if (inFlight == 0) {
      settle(context, view.alarms(), full);
    }
    return full ? KvError.NO_SPACE : null;
  }

  /** Nobody waits for what this proposes; what is lost is repeated by a later write. */
  private void settle(CallContext context, AlarmTable alarms, boolean full) {
    if (full && !alarms.contains(own)) {
      propose(context, AlarmAction.ACTIVATE);
    } else if (!full && alarms.contains(own)) {
      propose(context, AlarmAction.DEACTIVATE);
    }
  }

  private void propose(CallContext context, AlarmAction action) {
    AlarmRequest request =
        AlarmRequest.newBuilder()
            .setAction(action)
            .setMemberID(own.getMemberID())
            .setAlarm(own.getAlarm())
            .build();
    inFlight++;
    consensus
        .propose(
            context.loop(), Command.newBuilder().setAlarm(request).build(), CallContext.NO_DEADLINE)
        .onComplete(done -> inFlight--);
  }
}
