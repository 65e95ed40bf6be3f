package io.mooring.duty;

import io.mooring.api.etcdserverpb.LeaseCheckpoint;
import io.mooring.api.internalpb.CheckpointLeases;
import io.mooring.api.internalpb.Command;
import io.mooring.api.internalpb.ExpireLeases;
import io.mooring.base.Check;
import io.mooring.loop.Loop;
import io.mooring.machine.Outcome;
import io.mooring.machine.lease.Lease;
import io.mooring.machine.lease.LeaseTable;
import io.mooring.raft.Consensus;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * Acts on leases that want attention: proposes to revoke those whose time is over, and to replicate
 * the rest of long ones. Proposals are bounded in size and number; each names its term, and apply
 * ignores it in another (L5); and how far this duty had heard of leases, so that one which was
 * granted since under the same id is spared (P18). What a proposal did not achieve comes up again.
 * Duty loop.
 */
final class LeaseRevoker {

  /** A revoke has been proposed: it is too late to renew. */
  static final int REVOKING = 1;

  /** A rest may be replicated. */
  static final int CHECKPOINTED = 2;

  /** A replicated rest is being taken back: none may be proposed behind that. */
  private static final int CLEARING = 4;

  /** Renewed since this leader keeps its time. */
  static final int RENEWED = 8;

  private static final long NANOS_PER_SECOND = TimeUnit.SECONDS.toNanos(1);

  private final Loop loop;
  private final Consensus consensus;
  private final LeaseTiming timing;
  private final LeaseDeadlines leases;
  private final LeaseMeter meter;
  private final CheckpointPace pace;
  private long term;
  private int proposalsInFlight;
  private boolean checkpointInFlight;

  /** Log index up to which grants and revokes are in the deadlines. */
  private long heardIndex;

  LeaseRevoker(
      Loop loop,
      Consensus consensus,
      LeaseTiming timing,
      LeaseDeadlines leases,
      CheckpointPace pace,
      LeaseMeter meter) {
    this.pace = pace;
    this.loop = loop;
    this.consensus = consensus;
    this.timing = timing;
    this.leases = leases;
    this.meter = meter;
  }

  /** Another term begins, or none (0); what is under way belongs to the old one. */
  void begin(long newTerm) {
    term = newTerm;
    proposalsInFlight = 0;
    checkpointInFlight = false;
  }

  /** The deadlines know what became of leases up to a log index. */
  void heard(long index) {
    heardIndex = Math.max(heardIndex, index);
  }

  /**
   * Arranges that a lease comes up at its deadline, or sooner for a checkpoint.
   *
   * @param graceNs by how much its deadline exceeds its rest; no checkpoint is worth anything
   *     sooner
   */
  void schedule(int slot, long graceNs) {
    long nowNs = loop.nowNs();
    long checkpointNs = nowNs + pace.intervalNs(nowNs) + graceNs;
    long deadlineNs = leases.deadlineNs(slot);
    leases.due(slot, checkpointNs - deadlineNs < 0 ? checkpointNs : deadlineNs);
  }

  /** Acts on what is due, as far as the bounds allow. */
  void run(long leadingTerm) {
    Check.that(leadingTerm == term && term != 0, "P21 expiry without leading", leadingTerm);
    if (consensus.status().term() != term) {
      return; // over already; the next tick lays down the clock
    }
    long nowNs = loop.nowNs();
    LeaseTable table = consensus.view().leases();
    List<Long> expired = new ArrayList<>();
    List<LeaseCheckpoint> rests = new ArrayList<>();
    while (leases.size() > 0
        && leases.firstDueNs() - nowNs <= 0
        && expired.size() < timing.batchLeases()
        && rests.size() < timing.checkpointLeases()) {
      int slot = leases.first();
      long id = leases.id(slot);
      Lease lease = table.get(id);
      if (lease == null) {
        leases.remove(id); // revoked by somebody else; the word is still on its way
      } else if (leases.find(lease) != slot) {
        // Revoked, and its id granted again: the deadline is not this lease's (P18).
        long ttlNs = TimeUnit.SECONDS.toNanos(lease.effectiveSeconds());
        schedule(leases.put(lease, nowNs + ttlNs), 0);
      } else if (leases.deadlineNs(slot) - nowNs <= 0) {
        if (proposalsInFlight >= timing.proposalsInFlight()) {
          break; // goes on when one of them is done
        }
        expired.add(id);
        leases.set(slot, REVOKING, true);
        leases.due(slot, nowNs + timing.requestTimeoutNs()); // in case nothing is heard
      } else {
        checkpoint(slot, lease, nowNs, rests);
      }
    }
    if (!expired.isEmpty()) {
      proposeExpiry(expired);
    }
    if (!rests.isEmpty()) {
      proposeCheckpoint(rests);
    }
  }

  private void proposeExpiry(List<Long> ids) {
    proposalsInFlight++;
    long proposedIn = term;
    ExpireLeases expire =
        ExpireLeases.newBuilder().setTerm(term).setAsOf(heardIndex).addAllIds(ids).build();
    propose(Command.newBuilder().setExpireLeases(expire).build())
        .onComplete(
            done -> {
              if (proposedIn != term) {
                return;
              }
              proposalsInFlight--;
              boolean applied = done.succeeded() && done.result().refusal() == null;
              // What the batch had no room for comes up at once; after a fault, a little later.
              long againNs = loop.nowNs() + (applied ? 0 : timing.tickNs());
              LeaseTable table = consensus.view().leases();
              for (long id : ids) {
                boolean gone = !table.contains(id);
                if (applied && gone) {
                  meter.expired.increment();
                }
                int slot = leases.find(id);
                if (slot >= 0 && leases.has(slot, REVOKING)) {
                  if (!gone) {
                    leases.due(slot, againNs);
                  } else {
                    leases.remove(id);
                  }
                }
              }
              if (applied) {
                run(term);
              }
            });
  }

  private void checkpoint(int slot, Lease lease, long nowNs, List<LeaseCheckpoint> rests) {
    long pauseNs = pace.intervalNs(nowNs);
    long restNs = leases.deadlineNs(slot) - nowNs;
    // Whoever renews at the usual pace never pays for a checkpoint that is taken back at once.
    boolean renewedLately =
        leases.has(slot, RENEWED)
            && restNs > TimeUnit.SECONDS.toNanos(leases.ttlSeconds(slot)) - pauseNs;
    // Rounded up: a replicated rest may be too long, never too short.
    long restSeconds = (restNs + NANOS_PER_SECOND - 1) / NANOS_PER_SECOND;
    boolean wanted = !renewedLately && restSeconds < lease.effectiveSeconds();
    boolean mustWait = checkpointInFlight || leases.has(slot, CLEARING);
    if (wanted && !mustWait) {
      rests.add(
          LeaseCheckpoint.newBuilder().setID(leases.id(slot)).setRemainingTTL(restSeconds).build());
      leases.set(slot, CHECKPOINTED, true); // it may come to be, whatever we hear of it
    }
    long nextNs = nowNs + (wanted && mustWait ? timing.tickNs() : pauseNs);
    long deadlineNs = leases.deadlineNs(slot);
    leases.due(slot, nextNs - deadlineNs < 0 ? nextNs : deadlineNs);
  }

  private void proposeCheckpoint(List<LeaseCheckpoint> rests) {
    checkpointInFlight = true;
    long proposedIn = term;
    propose(checkpointCommand(rests))
        .onComplete(
            done -> {
              if (proposedIn == term) {
                checkpointInFlight = false;
              }
            });
  }

  /** Takes replicated rests back; the whole TTL counts again when the future succeeds. */
  Future<Void> clearCheckpoints(long leadingTerm, List<Long> ids) {
    Check.that(leadingTerm == term, "P21 a checkpoint without leading", leadingTerm);
    List<LeaseCheckpoint> cleared = new ArrayList<>(ids.size());
    for (long id : ids) {
      cleared.add(LeaseCheckpoint.newBuilder().setID(id).setRemainingTTL(0).build());
      mark(id, CLEARING, true);
    }
    long proposedIn = term;
    return propose(checkpointCommand(cleared))
        .eventually(
            () -> {
              if (proposedIn == term) {
                ids.forEach(id -> mark(id, CLEARING, false));
              }
              return Future.succeededFuture();
            })
        .compose(
            outcome -> {
              if (outcome.refusal() != null) {
                return Future.failedFuture(outcome.refusal().exception());
              }
              if (proposedIn == term) {
                ids.forEach(id -> mark(id, CHECKPOINTED, false));
              }
              return Future.succeededFuture();
            });
  }

  private void mark(long leaseId, int flag, boolean value) {
    int slot = leases.find(leaseId);
    if (slot >= 0) {
      leases.set(slot, flag, value);
    }
  }

  private Command checkpointCommand(List<LeaseCheckpoint> checkpoints) {
    CheckpointLeases body =
        CheckpointLeases.newBuilder()
            .setTerm(term)
            .setAsOf(heardIndex)
            .addAllCheckpoints(checkpoints)
            .build();
    return Command.newBuilder().setCheckpointLeases(body).build();
  }

  private Future<Outcome> propose(Command command) {
    return consensus.propose(loop, command, loop.nowNs() + timing.requestTimeoutNs());
  }
}
