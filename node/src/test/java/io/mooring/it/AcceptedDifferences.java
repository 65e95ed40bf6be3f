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
