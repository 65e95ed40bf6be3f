package io.mooring.machine.auth;

import io.mooring.api.etcdserverpb.AlarmRequest.AlarmAction;
import io.mooring.api.etcdserverpb.Compare;
import io.mooring.api.etcdserverpb.DeleteRangeRequest;
import io.mooring.api.etcdserverpb.PutRequest;
import io.mooring.api.etcdserverpb.RangeRequest;
import io.mooring.api.etcdserverpb.RequestOp;
import io.mooring.api.etcdserverpb.TxnRequest;
import io.mooring.api.internalpb.Command;
import io.mooring.machine.mvcc.KeyRange;
import java.util.ArrayList;
import java.util.List;

/**
 * What a request touches, normalised, whatever its kind: the one thing that the authorizer judges.
 * Transactions name what both branches and every compare touch, at every depth.
 *
 * @param need what the caller must be at least
 * @param reads key ranges whose content the answer depends on
 * @param writes key ranges that may change
 * @param leasesRead leases whose attached keys must all be readable
 * @param leasesWritten leases whose attached keys must all be writable
 */
public record Access(
    Need need,
    List<KeyRange> reads,
    List<KeyRange> writes,
    List<Long> leasesRead,
    List<Long> leasesWritten) {

  /** What a caller must be. */
  public enum Need {
    /** Anybody: what the members themselves propose, and what needs no credentials. */
    NOTHING,
    /** Any authenticated user. */
    USER,
    /** A user with permissions for all that is named. */
    PERMISSIONS,
    /** A user with the role root. */
    ROOT
  }

  /** What a command touches. */
  public static Access of(Command command) {
    return switch (command.getBodyCase()) {
      case PUT -> new Builder().put(command.getPut()).build();
      case DELETE_RANGE -> new Builder().deleteRange(command.getDeleteRange()).build();
      case TXN -> of(command.getTxn());
      case COMPACTION -> need(Need.ROOT);
      case LEASE_GRANT -> need(Need.USER);
      case LEASE_REVOKE -> writingKeysOf(command.getLeaseRevoke().getID());
      case ALARM -> need(command.getAlarm().getAction() == AlarmAction.GET ? Need.USER : Need.ROOT);
      case EXPIRE_LEASES, CHECKPOINT_LEASES, PUBLISH_MEMBER, FOUND_CLUSTER, CHECK_STATE ->
          need(Need.NOTHING);
      case ADD_MEMBER, REMOVE_MEMBER, UPDATE_MEMBER, PROMOTE_MEMBER, BODY_NOT_SET ->
          need(Need.ROOT);
    };
  }

  /** What a range reads. */
  public static Access of(RangeRequest request) {
    return new Builder().range(request).build();
  }

  /** What a transaction touches, whichever way it goes. */
  public static Access of(TxnRequest request) {
    return new Builder().txn(request).build();
  }

  /** Reading a range, for watches. */
  public static Access reading(KeyRange keys) {
    return new Access(Need.PERMISSIONS, List.of(keys), List.of(), List.of(), List.of());
  }

  /** Reading every key of some leases. */
  public static Access readingKeysOf(List<Long> leaseIds) {
    return new Access(Need.PERMISSIONS, List.of(), List.of(), List.copyOf(leaseIds), List.of());
  }

  /** Writing every key of a lease: revoking it, or keeping it alive. */
  public static Access writingKeysOf(long leaseId) {
    return new Access(Need.PERMISSIONS, List.of(), List.of(), List.of(), List.of(leaseId));
  }

  /** Touching no keys. */
  public static Access need(Need need) {
    return new Access(need, List.of(), List.of(), List.of(), List.of());
  }

  private static final class Builder {
    private final List<KeyRange> reads = new ArrayList<>();
    private final List<KeyRange> writes = new ArrayList<>();
    private final List<Long> leasesWritten = new ArrayList<>();

    Builder range(RangeRequest request) {
      reads.add(KeyRange.of(request.getKey(), request.getRangeEnd()));
      return this;
    }

    Builder put(PutRequest request) {
      KeyRange key = new KeyRange(request.getKey().toByteArray(), null, true);
      writes.add(key);
      if (request.getPrevKv()) {
        reads.add(key);
      }
      if (request.getLease() != 0) {
        leasesWritten.add(request.getLease());
      }
      return this;
    }

    Builder deleteRange(DeleteRangeRequest request) {
      KeyRange keys = KeyRange.of(request.getKey(), request.getRangeEnd());
      writes.add(keys);
      if (request.getPrevKv()) {
        reads.add(keys);
      }
      return this;
    }

    Builder txn(TxnRequest request) {
      for (Compare compare : request.getCompareList()) {
        reads.add(KeyRange.of(compare.getKey(), compare.getRangeEnd()));
      }
      request.getSuccessList().forEach(this::op);
      request.getFailureList().forEach(this::op);
      return this;
    }

    private void op(RequestOp op) {
      switch (op.getRequestCase()) {
        case REQUEST_RANGE -> range(op.getRequestRange());
        case REQUEST_PUT -> put(op.getRequestPut());
        case REQUEST_DELETE_RANGE -> deleteRange(op.getRequestDeleteRange());
        case REQUEST_TXN -> txn(op.getRequestTxn());
        case REQUEST_NOT_SET -> {}
      }
    }

    Access build() {
      return new Access(Need.PERMISSIONS, reads, writes, List.of(), leasesWritten);
    }
  }
}
