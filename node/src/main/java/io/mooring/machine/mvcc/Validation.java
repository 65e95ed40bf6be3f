package io.mooring.machine.mvcc;

import io.mooring.api.etcdserverpb.Compare;
import io.mooring.api.etcdserverpb.DeleteRangeRequest;
import io.mooring.api.etcdserverpb.LeaseGrantRequest;
import io.mooring.api.etcdserverpb.PutRequest;
import io.mooring.api.etcdserverpb.RangeRequest;
import io.mooring.api.etcdserverpb.RangeRequest.SortOrder;
import io.mooring.api.etcdserverpb.RangeRequest.SortTarget;
import io.mooring.api.etcdserverpb.RequestOp;
import io.mooring.api.etcdserverpb.TxnRequest;
import io.mooring.error.EtcdError;
import io.mooring.error.KvError;
import io.mooring.error.LeaseError;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What can be refused of a request without any state, in etcd's order of checks. The member that
 * takes a request asks before proposing it; the machine relies on that. Pure; any thread.
 */
public final class Validation {

  /**
   * How deep transactions may nest, the outermost counted. etcd's rule gives this at its default
   * limit, since each level takes at least one operation of its parent's allowance; ours holds at
   * any limit, so that no recursion over a request grows with configuration.
   */
  public static final int MAX_TXN_DEPTH = 129;

  /**
   * Recursion to allow a protobuf decoder: two messages a level and what lies around them. Its
   * default of 100 would refuse transactions that etcd takes.
   */
  public static final int DECODE_RECURSION_LIMIT = 2 * MAX_TXN_DEPTH + 16;

  /** etcd's longest lease, about 285 years. */
  public static final long MAX_LEASE_TTL_SECONDS = 9_000_000_000L;

  private Validation() {}

  /** Why a range is not valid, or null. */
  public static @Nullable EtcdError range(RangeRequest request) {
    if (request.getKey().isEmpty()) {
      return KvError.KEY_NOT_PROVIDED;
    }
    boolean sortKnown =
        request.getSortOrder() != SortOrder.UNRECOGNIZED
            && request.getSortTarget() != SortTarget.UNRECOGNIZED;
    return sortKnown ? null : KvError.INVALID_SORT_OPTION;
  }

  /** Why a range cannot be streamed, or null. */
  public static @Nullable EtcdError rangeStream(RangeRequest request) {
    EtcdError refusal = range(request);
    if (refusal != null) {
      return refusal;
    }
    boolean keyOrder =
        request.getSortOrder() == SortOrder.NONE
            || (request.getSortOrder() == SortOrder.ASCEND
                && request.getSortTarget() == SortTarget.KEY);
    if (!keyOrder) {
      return KvError.STREAM_SORT_UNSUPPORTED;
    }
    boolean filtered =
        request.getMinModRevision() != 0
            || request.getMaxModRevision() != 0
            || request.getMinCreateRevision() != 0
            || request.getMaxCreateRevision() != 0;
    return filtered ? KvError.STREAM_FILTER_UNSUPPORTED : null;
  }

  /** Why a put is not valid, or null. */
  public static @Nullable EtcdError put(PutRequest request) {
    if (request.getKey().isEmpty()) {
      return KvError.KEY_NOT_PROVIDED;
    }
    if (request.getIgnoreValue() && !request.getValue().isEmpty()) {
      return KvError.VALUE_PROVIDED;
    }
    return request.getIgnoreLease() && request.getLease() != 0 ? KvError.LEASE_PROVIDED : null;
  }

  /** Why a delete is not valid, or null. */
  public static @Nullable EtcdError deleteRange(DeleteRangeRequest request) {
    return request.getKey().isEmpty() ? KvError.KEY_NOT_PROVIDED : null;
  }

  /**
   * Why a transaction is not valid, or null.
   *
   * @param maxOps operations allowed per level, summed along a nesting path
   */
  public static @Nullable EtcdError txn(TxnRequest request, int maxOps) {
    EtcdError refusal = txnShape(request, maxOps, 1);
    if (refusal != null) {
      return refusal;
    }
    boolean repeats =
        PutOverlaps.repeats(request.getSuccessList())
            || PutOverlaps.repeats(request.getFailureList());
    return repeats ? KvError.DUPLICATE_KEY : null;
  }

  /** Why a grant is not valid, or null. */
  public static @Nullable EtcdError leaseGrant(LeaseGrantRequest request) {
    return request.getTTL() > MAX_LEASE_TTL_SECONDS ? LeaseError.TTL_TOO_LARGE : null;
  }

  private static @Nullable EtcdError txnShape(TxnRequest txn, int maxOps, int depth) {
    int ops = Math.max(txn.getSuccessCount(), txn.getFailureCount());
    ops = Math.max(ops, txn.getCompareCount());
    if (ops > maxOps || depth > MAX_TXN_DEPTH) {
      return KvError.TOO_MANY_OPS;
    }
    for (Compare compare : txn.getCompareList()) {
      if (compare.getKey().isEmpty()) {
        return KvError.KEY_NOT_PROVIDED;
      }
    }
    EtcdError refusal = ops(txn.getSuccessList(), maxOps - ops, depth);
    return refusal != null ? refusal : ops(txn.getFailureList(), maxOps - ops, depth);
  }

  private static @Nullable EtcdError ops(List<RequestOp> ops, int maxNestedOps, int depth) {
    for (RequestOp op : ops) {
      EtcdError refusal =
          switch (op.getRequestCase()) {
            case REQUEST_RANGE -> range(op.getRequestRange());
            case REQUEST_PUT -> put(op.getRequestPut());
            case REQUEST_DELETE_RANGE -> deleteRange(op.getRequestDeleteRange());
            case REQUEST_TXN -> txnShape(op.getRequestTxn(), maxNestedOps, depth + 1);
            case REQUEST_NOT_SET -> KvError.KEY_NOT_FOUND;
          };
      if (refusal != null) {
        return refusal;
      }
    }
    return null;
  }
}
