package io.mooring.it;

import com.google.protobuf.Message;
import io.mooring.api.etcdserverpb.RangeRequest;
import io.mooring.api.etcdserverpb.RangeResponse;
import io.mooring.api.etcdserverpb.RequestOp;
import io.mooring.api.etcdserverpb.TxnRequest;
import io.mooring.api.etcdserverpb.TxnResponse;
import io.mooring.api.mvccpb.KeyValue;
import java.util.List;

/**
 * Where Debian's etcd 3.4 answers otherwise than the contract (etcd 3.7) has it. Each row is
 * reviewed, and turns a reply of 3.4 into what 3.7 would have said; whatever remains is a bug of
 * ours.
 *
 * <ul>
 *   <li>{@code keys_only}: 3.7 answers from its index, where the lease is not, unless sorting by
 *       value has made it read the store; 3.4 always shows the lease.
 *   <li>{@code prev_kv} in watch events: once compaction has passed the previous value nothing is
 *       promised; we may still show it from memory where etcd does not.
 *   <li>a delete at the compact revision itself: the contract keeps it visible to watches; 3.4
 *       loses it (etcd's bug 18089, mended in later releases).
 * </ul>
 */
final class AcceptedDifferences {

  private AcceptedDifferences() {}

  /** The reply of 3.4 as 3.7 would have given it. */
  static Message asOf37(Message request, Message reply) {
    if (request instanceof RangeRequest range && reply instanceof RangeResponse answer) {
      return range(range, answer);
    }
    if (request instanceof TxnRequest txn && reply instanceof TxnResponse answer) {
      return txn(txn, answer);
    }
    return reply;
  }

  /** Whether two tapes of one watch say the same. */
  static boolean sameTape(List<String> theirs, List<String> ours) {
    int at = 0;
    for (String line : ours) {
      int previous = line.indexOf("prev_kv {");
      boolean same =
          at < theirs.size()
              && (theirs.get(at).equals(line)
                  || (previous > 0 && theirs.get(at).equals(line.substring(0, previous))));
      boolean keptTombstone = at == 1 && line.startsWith("type: DELETE");
      if (!same && !keptTombstone) {
        return false;
      }
      at += same ? 1 : 0;
    }
    return at == theirs.size();
  }

  private static RangeResponse range(RangeRequest request, RangeResponse reply) {
    boolean fromIndex =
        request.getKeysOnly() && request.getSortTarget() != RangeRequest.SortTarget.VALUE;
    if (!fromIndex) {
      return reply;
    }
    RangeResponse.Builder builder = reply.toBuilder();
    builder.getKvsBuilderList().forEach(KeyValue.Builder::clearLease);
    return builder.build();
  }

  private static TxnResponse txn(TxnRequest request, TxnResponse reply) {
    List<RequestOp> ops =
        reply.getSucceeded() ? request.getSuccessList() : request.getFailureList();
    TxnResponse.Builder builder = reply.toBuilder();
    for (int i = 0; i < ops.size(); i++) {
      RequestOp op = ops.get(i);
      if (op.hasRequestRange()) {
        builder
            .getResponsesBuilder(i)
            .setResponseRange(
                range(op.getRequestRange(), reply.getResponses(i).getResponseRange()));
      } else if (op.hasRequestTxn()) {
        builder
            .getResponsesBuilder(i)
            .setResponseTxn(txn(op.getRequestTxn(), reply.getResponses(i).getResponseTxn()));
      }
    }
    return builder.build();
  }
}
