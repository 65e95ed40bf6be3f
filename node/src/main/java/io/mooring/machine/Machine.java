package io.mooring.machine;

import com.google.protobuf.MessageLite;
import io.mooring.api.etcdserverpb.CompactionRequest;
import io.mooring.api.etcdserverpb.CompactionResponse;
import io.mooring.api.etcdserverpb.DeleteRangeRequest;
import io.mooring.api.etcdserverpb.DeleteRangeResponse;
import io.mooring.api.etcdserverpb.LeaseGrantRequest;
import io.mooring.api.etcdserverpb.LeaseGrantResponse;
import io.mooring.api.etcdserverpb.LeaseRevokeRequest;
import io.mooring.api.etcdserverpb.LeaseRevokeResponse;
import io.mooring.api.etcdserverpb.PutRequest;
import io.mooring.api.etcdserverpb.PutResponse;
import io.mooring.api.etcdserverpb.TxnRequest;
import io.mooring.api.internalpb.CheckState;
import io.mooring.api.internalpb.CheckpointLeases;
import io.mooring.api.internalpb.Command;
import io.mooring.api.internalpb.ExpireLeases;
import io.mooring.api.storage.EngineState;
import io.mooring.api.storage.MvccEngine;
import io.mooring.api.storage.Snapshot;
import io.mooring.api.storage.WriteBatch;
import io.mooring.base.Check;
import io.mooring.error.EtcdError;
import io.mooring.error.KvError;
import io.mooring.error.LeaseError;
import io.mooring.error.ServerError;
import io.mooring.machine.auth.AuthTable;
import io.mooring.machine.auth.Authorizer;
import io.mooring.machine.cluster.AlarmTable;
import io.mooring.machine.cluster.MemberTable;
import io.mooring.machine.hash.Mark;
import io.mooring.machine.hash.StateHash;
import io.mooring.machine.lease.Lease;
import io.mooring.machine.lease.LeaseRows;
import io.mooring.machine.lease.LeaseTable;
import io.mooring.machine.mvcc.AnswerRoom;
import io.mooring.machine.mvcc.KeyWriter;
import io.mooring.machine.mvcc.LateReads;
import io.mooring.machine.mvcc.Transaction;
import io.mooring.machine.mvcc.TxnShape;
import io.mooring.machine.mvcc.WriteChecks;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The replicated state machine: each committed command, in order, to its outcome. A function of
 * state and arguments alone. Every command is first checked whole, then carried out; once it has
 * written it is refused no more, and a refused one has written nothing.
 *
 * <p>It holds what is not in the batch yet or would cost a look-up: the revisions and the small
 * tables. Confined to the apply thread; readers get {@link #view}s.
 */
public final class Machine {

  /** Keys that one {@link ExpireLeases} deletes at most, unless its first lease alone has more. */
  static final int MAX_EXPIRED_KEYS = 10_000;

  private final LeaseBook leases;
  private final ClusterBook cluster;
  private final AuthTable auth;
  private final StateHash hash;
  private long appliedIndex;
  private long appliedTerm;
  private long revision;
  private long compactRevision;

  private Machine(
      EngineState state, LeaseBook leases, ClusterBook cluster, AuthTable auth, StateHash hash) {
    this.hash = hash;
    this.leases = leases;
    this.cluster = cluster;
    this.auth = auth;
    appliedIndex = state.appliedIndex();
    appliedTerm = state.appliedTerm();
    revision = state.revision();
    compactRevision = state.compactRevision();
  }

  /** Builds everything derived from what an engine holds: at start, and after an install. */
  public static Machine restore(MvccEngine engine) {
    try (Snapshot snapshot = engine.snapshot()) {
      StateHash hash = StateHash.restore(snapshot);
      return new Machine(
          snapshot.state(),
          new LeaseBook(LeaseTable.restore(snapshot), hash),
          new ClusterBook(AlarmTable.restore(snapshot), MemberTable.restore(snapshot), hash),
          AuthTable.OFF,
          hash);
    }
  }

  /** Log index of the last entry applied. */
  public long appliedIndex() {
    return appliedIndex;
  }

  /** Term of that entry. */
  public long appliedTerm() {
    return appliedTerm;
  }

  /** Current main revision. */
  public long revision() {
    return revision;
  }

  /** Lowest readable revision, -1 when never compacted. */
  public long compactRevision() {
    return compactRevision;
  }

  /** The state as readers may see it, once the batch with it is committed. */
  public View view(MvccEngine engine) {
    return new View(
        appliedIndex,
        appliedTerm,
        revision,
        compactRevision,
        engine,
        leases.table(),
        cluster.alarms(),
        cluster.members(),
        auth,
        hash.newest());
  }

  /** Who takes part in consensus right now. */
  public Membership membership() {
    return new Membership(cluster.members().voters(), cluster.members().learners());
  }

  /** The hash of the whole state right now. */
  public long stateHash() {
    return hash.value(revision, compactRevision);
  }

  /**
   * Commits a batch as what has been applied so far: state, positions and hash together (S9). The
   * only way in which a batch that commands have written to is committed.
   */
  public EngineState commit(WriteBatch batch) {
    hash.store(batch);
    return batch.commit(appliedIndex, appliedTerm, revision, compactRevision);
  }

  /** Passes over an entry that holds no command. */
  public void skip(long index, long term) {
    advance(index, term);
    hash.applied(index, revision, compactRevision);
  }

  private void advance(long index, long term) {
    Check.that(index == appliedIndex + 1, "R26 entry applied out of step", appliedIndex, index);
    Check.that(term >= appliedTerm, "R6 term of entries fell", appliedTerm, term);
    appliedIndex = index;
    appliedTerm = term;
  }

  /**
   * Applies the next entry.
   *
   * @param batch where all earlier commands of the same commit have written
   * @param index log index, one above the last
   * @param command as decoded from the entry
   * @param effects hears of changes
   * @param room how much of the reply may be read here; decides nothing else
   */
  public Outcome apply(
      WriteBatch batch, long index, long term, Command command, Effects effects, AnswerRoom room) {
    advance(index, term);
    Outcome outcome = execute(batch, index, term, command, effects, room);
    hash.applied(index, revision, compactRevision);
    return outcome;
  }

  private Outcome execute(
      WriteBatch batch, long index, long term, Command command, Effects effects, AnswerRoom room) {
    EtcdError refusal = Authorizer.check(auth, command);
    if (refusal == null) {
      refusal = refusedByAlarm(command);
    }
    if (refusal != null) {
      return Outcome.refused(revision, refusal);
    }
    return switch (command.getBodyCase()) {
      case PUT -> put(batch, command.getPut(), effects, room);
      case DELETE_RANGE -> deleteRange(batch, command.getDeleteRange(), effects, room);
      case TXN -> txn(batch, command.getTxn(), effects, room);
      case COMPACTION -> compact(command.getCompaction());
      case LEASE_GRANT -> grant(batch, index, command.getLeaseGrant(), effects);
      case LEASE_REVOKE -> revoke(batch, command.getLeaseRevoke(), effects);
      case EXPIRE_LEASES -> expire(batch, term, command.getExpireLeases(), effects);
      case CHECKPOINT_LEASES -> checkpoint(batch, term, command.getCheckpointLeases(), effects);
      case ALARM -> done(cluster.alarm(batch, command.getAlarm()));
      case PUBLISH_MEMBER -> {
        cluster.publish(batch, command.getPublishMember());
        yield Outcome.done(revision);
      }
      case FOUND_CLUSTER -> {
        cluster.found(batch, command.getFoundCluster());
        yield Outcome.done(revision);
      }
      case ADD_MEMBER -> answered(cluster.add(batch, command.getAddMember()));
      case REMOVE_MEMBER -> answered(cluster.remove(batch, command.getRemoveMember()));
      case UPDATE_MEMBER -> answered(cluster.update(batch, command.getUpdateMember()));
      case PROMOTE_MEMBER -> answered(cluster.promote(batch, command.getPromoteMember()));
      case CHECK_STATE -> compare(command.getCheckState());
      case BODY_NOT_SET ->
          throw new IllegalStateException("entry " + index + " holds an unknown command");
    };
  }

  /** CORRUPT stops every write, NOSPACE those that take room; what frees room goes on (14.1). */
  private @Nullable EtcdError refusedByAlarm(Command command) {
    AlarmTable alarms = cluster.alarms();
    if (!alarms.corrupt() && !alarms.noSpace()) {
      return null;
    }
    boolean writes =
        switch (command.getBodyCase()) {
          case PUT, DELETE_RANGE, TXN, COMPACTION, LEASE_GRANT, LEASE_REVOKE, EXPIRE_LEASES -> true;
          case CHECKPOINT_LEASES,
              ALARM,
              PUBLISH_MEMBER,
              FOUND_CLUSTER,
              ADD_MEMBER,
              REMOVE_MEMBER,
              UPDATE_MEMBER,
              PROMOTE_MEMBER,
              CHECK_STATE,
              BODY_NOT_SET ->
              false;
        };
    if (writes && alarms.corrupt()) {
      return ServerError.CORRUPT;
    }
    boolean grows =
        command.hasPut()
            || command.hasLeaseGrant()
            || (command.hasTxn() && TxnShape.puts(command.getTxn()));
    return grows && alarms.noSpace() ? KvError.NO_SPACE : null;
  }

  private Outcome put(WriteBatch batch, PutRequest request, Effects effects, AnswerRoom room) {
    EtcdError refusal = WriteChecks.put(request, batch, leases.table());
    if (refusal != null) {
      return Outcome.refused(revision, refusal);
    }
    KeyWriter writer = new KeyWriter(batch, revision, effects, hash);
    PutResponse response = writer.put(request, room.forOne());
    return finish(writer, Check.present(response, "one value is never read late"));
  }

  private Outcome deleteRange(
      WriteBatch batch, DeleteRangeRequest request, Effects effects, AnswerRoom room) {
    KeyWriter writer = new KeyWriter(batch, revision, effects, hash);
    DeleteRangeResponse response = writer.deleteRange(request, room);
    return response == null
        ? finishLate(writer, LateReads.ofDelete(request, revision))
        : finish(writer, response);
  }

  private Outcome txn(WriteBatch batch, TxnRequest request, Effects effects, AnswerRoom room) {
    KeyWriter writer = new KeyWriter(batch, revision, effects, hash);
    Transaction.Result result =
        Transaction.write(request, batch, writer, compactRevision, leases.table(), room);
    if (result.refusal() != null) {
      Check.that(!writer.changed(), "M8 a refused transaction has written");
      return Outcome.refused(revision, result.refusal());
    }
    return result.late() == null
        ? finish(writer, Check.present(result.response(), "transaction without a response"))
        : finishLate(writer, result.late());
  }

  private Outcome compact(CompactionRequest request) {
    EtcdError refusal = WriteChecks.compaction(request.getRevision(), revision, compactRevision);
    if (refusal != null) {
      return Outcome.refused(revision, refusal);
    }
    Check.that(request.getRevision() > compactRevision, "M6 compact revision fell");
    compactRevision = request.getRevision();
    hash.compact(compactRevision);
    return done(CompactionResponse.getDefaultInstance());
  }

  private Outcome grant(WriteBatch batch, long index, LeaseGrantRequest request, Effects effects) {
    EtcdError refusal = leases.grant(batch, index, request, effects);
    if (refusal != null) {
      return Outcome.refused(revision, refusal);
    }
    return done(
        LeaseGrantResponse.newBuilder().setID(request.getID()).setTTL(request.getTTL()).build());
  }

  private Outcome revoke(WriteBatch batch, LeaseRevokeRequest request, Effects effects) {
    long leaseId = request.getID();
    if (!leases.table().contains(leaseId)) {
      return Outcome.refused(revision, LeaseError.NOT_FOUND);
    }
    KeyWriter writer = new KeyWriter(batch, revision, effects, hash);
    leases.revoke(batch, writer, leaseId, LeaseRows.attachedKeys(batch, leaseId), effects);
    return finish(writer, LeaseRevokeResponse.getDefaultInstance());
  }

  /**
   * Revokes what a leader saw expire: each lease with keys under a revision of its own. What goes
   * beyond the bound of keys stays; the leader finds it still expired and proposes it again.
   */
  private Outcome expire(WriteBatch batch, long term, ExpireLeases request, Effects effects) {
    if (request.getTerm() != term) {
      return Outcome.done(revision);
    }
    int deleted = 0;
    for (long leaseId : request.getIdsList()) {
      Lease lease = leases.table().get(leaseId);
      if (lease == null || lease.grantIndex() > request.getAsOf()) {
        continue;
      }
      List<byte[]> keys = LeaseRows.attachedKeys(batch, leaseId);
      if (deleted > 0 && deleted + keys.size() > MAX_EXPIRED_KEYS) {
        break;
      }
      deleted += keys.size();
      KeyWriter writer = new KeyWriter(batch, revision, effects, hash);
      leases.revoke(batch, writer, leaseId, keys, effects);
      revision = writer.revision();
    }
    return Outcome.done(revision);
  }

  private Outcome checkpoint(
      WriteBatch batch, long term, CheckpointLeases request, Effects effects) {
    if (request.getTerm() == term) {
      leases.checkpoint(batch, request, effects);
    }
    return Outcome.done(revision);
  }

  /**
   * Compares this member's state with its leader's, as both were at a mark. Changes nothing, so
   * that members may skip it: those that hash otherwise, and those that were not there at that
   * index.
   */
  private Outcome compare(CheckState theirs) {
    Mark ours = hash.at(theirs.getIndex());
    if (ours == null || theirs.getConstruction() != StateHash.CONSTRUCTION) {
      return Outcome.done(revision);
    }
    if (ours.hash() != theirs.getHash()) {
      throw new StateDivergedException(
          "P25 state diverged: at index %d this member hashes to %016x, leader %x to %016x"
              .formatted(theirs.getIndex(), ours.hash(), theirs.getMember(), theirs.getHash()));
    }
    return Outcome.done(revision);
  }

  private Outcome answered(ClusterBook.Answer answer) {
    return answer.refusal() == null
        ? done(answer.response())
        : Outcome.refused(revision, answer.refusal());
  }

  private Outcome finish(KeyWriter writer, MessageLite response) {
    revision = writer.revision();
    return done(response);
  }

  private Outcome finishLate(KeyWriter writer, LateReads late) {
    revision = writer.revision();
    return Outcome.doneLate(revision, late);
  }

  private Outcome done(MessageLite response) {
    return Outcome.done(revision, response);
  }
}
