package io.mooring.machine.mvcc;

import io.mooring.api.etcdserverpb.PutRequest;
import io.mooring.api.etcdserverpb.RequestOp;
import io.mooring.api.etcdserverpb.TxnRequest;
import java.util.List;

/** What can be said of a transaction without any state: which path it takes, what it may cost. */
public final class TxnShape {

  /** What etcd's quota charges for a put beside its key and value. */
  private static final int PUT_OVERHEAD_BYTES = 256;

  private TxnShape() {}

  /** Whether it needs no consensus: both branches are plain ranges. A nested one makes it write. */
  public static boolean readOnly(TxnRequest txn) {
    return onlyRanges(txn.getSuccessList()) && onlyRanges(txn.getFailureList());
  }

  /**
   * Whether a read-only one may be answered from local state: all its ranges say so. As in etcd,
   * one without any operation counts too, although its compares may then be answered stale.
   */
  public static boolean serializable(TxnRequest txn) {
    return onlySerializable(txn.getSuccessList()) && onlySerializable(txn.getFailureList());
  }

  /** Whether it puts anything in either branch, at any depth. */
  public static boolean puts(TxnRequest txn) {
    return puts(txn.getSuccessList()) || puts(txn.getFailureList());
  }

  /** Bytes that the quota charges: the dearer branch. */
  public static long quotaBytes(TxnRequest txn) {
    return Math.max(quotaBytes(txn.getSuccessList()), quotaBytes(txn.getFailureList()));
  }

  /** Bytes that the quota charges for a put. */
  public static long quotaBytes(PutRequest put) {
    return PUT_OVERHEAD_BYTES + (long) put.getKey().size() + put.getValue().size();
  }

  private static boolean onlyRanges(List<RequestOp> ops) {
    for (RequestOp op : ops) {
      if (!op.hasRequestRange()) {
        return false;
      }
    }
    return true;
  }

  private static boolean onlySerializable(List<RequestOp> ops) {
    for (RequestOp op : ops) {
      if (!op.hasRequestRange() || !op.getRequestRange().getSerializable()) {
        return false;
      }
    }
    return true;
  }

  private static boolean puts(List<RequestOp> ops) {
    for (RequestOp op : ops) {
      if (op.hasRequestPut() || (op.hasRequestTxn() && puts(op.getRequestTxn()))) {
        return true;
      }
    }
    return false;
  }

  private static long quotaBytes(List<RequestOp> ops) {
    long bytes = 0;
    for (RequestOp op : ops) {
      if (op.hasRequestPut()) {
        bytes += quotaBytes(op.getRequestPut());
      } else if (op.hasRequestTxn()) {
        bytes += quotaBytes(op.getRequestTxn());
      }
    }
    return bytes;
  }
}
