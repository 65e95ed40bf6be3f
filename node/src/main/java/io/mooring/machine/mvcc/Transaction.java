package io.mooring.machine.mvcc;

import io.mooring.api.etcdserverpb.RangeRequest;
import io.mooring.api.etcdserverpb.RangeResponse;
import io.mooring.api.etcdserverpb.RequestOp;
import io.mooring.api.etcdserverpb.RequestOp.RequestCase;
import io.mooring.api.etcdserverpb.ResponseHeader;
import io.mooring.api.etcdserverpb.ResponseOp;
import io.mooring.api.etcdserverpb.TxnRequest;
import io.mooring.api.etcdserverpb.TxnResponse;
import io.mooring.api.storage.VersionReader;
import io.mooring.api.storage.WriteBatch;
import io.mooring.base.Check;
import io.mooring.error.EtcdError;
import io.mooring.error.KvError;
import io.mooring.machine.lease.LeaseTable;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Evaluates one valid transaction in three passes, as etcd does (server/etcdserver/txn):
 *
 * <ol>
 *   <li>all compares, at every depth of the way taken, against the state before the transaction;
 *   <li>whatever could refuse an operation on that way, against that state too;
 *   <li>the operations in order, each seeing those before it.
 * </ol>
 *
 * <p>Nothing is written before the second pass has found nothing, and nothing is refused after it.
 */
public final class Transaction {

  /** One transaction of the tree, and the way it takes. */
  private record Way(boolean succeeded, List<RequestOp> ops, List<Way> nested) {}

  private final VersionReader reader;
  private final long base;
  private final long compactRevision;
  private final long newest;
  private final LeaseTable leases;
  private final @Nullable KeyWriter writer;
  private @Nullable EtcdError refusal;

  private Transaction(
      VersionReader reader,
      long base,
      long compactRevision,
      LeaseTable leases,
      @Nullable KeyWriter writer) {
    this.reader = reader;
    this.base = base;
    this.compactRevision = compactRevision;
    this.leases = leases;
    this.writer = writer;
    this.newest = writer == null ? base : Long.MAX_VALUE;
  }

  /**
   * What a transaction led to.
   *
   * @param response without the outer header; null when refused
   * @param refusal null when done
   */
  public record Result(@Nullable TxnResponse response, @Nullable EtcdError refusal) {}

  /** Carries out a transaction through a writer that has changed nothing yet. */
  public static Result write(
      TxnRequest request,
      WriteBatch batch,
      KeyWriter writer,
      long compactRevision,
      LeaseTable leases) {
    Check.that(!writer.changed(), "a transaction begins a revision");
    return new Transaction(batch, writer.revision(), compactRevision, leases, writer).run(request);
  }

  /**
   * Answers a transaction of plain ranges.
   *
   * @param revision the current main revision of the state that answers
   */
  public static Result read(
      TxnRequest request, VersionReader reader, long revision, long compactRevision) {
    Check.that(TxnShape.readOnly(request), "a writing transaction was taken for a read");
    return new Transaction(reader, revision, compactRevision, LeaseTable.EMPTY, null).run(request);
  }

  private Result run(TxnRequest request) {
    Way way = choose(request);
    // As etcd: puts of the whole way before its ranges, which shows when both would be refused.
    check(way, RequestCase.REQUEST_PUT);
    check(way, RequestCase.REQUEST_RANGE);
    if (refusal != null) {
      return new Result(null, refusal);
    }
    return new Result(execute(way, false), null);
  }

  private Way choose(TxnRequest txn) {
    boolean succeeded = Compares.hold(txn.getCompareList(), reader, newest);
    List<RequestOp> ops = succeeded ? txn.getSuccessList() : txn.getFailureList();
    List<Way> nested = List.of();
    for (RequestOp op : ops) {
      if (op.hasRequestTxn()) {
        nested = nested.isEmpty() ? new ArrayList<>() : nested;
        nested.add(choose(op.getRequestTxn()));
      }
    }
    return new Way(succeeded, ops, nested);
  }

  private void check(Way way, RequestCase kind) {
    int nested = 0;
    for (RequestOp op : way.ops()) {
      if (refusal != null) {
        return;
      }
      if (op.hasRequestTxn()) {
        check(way.nested().get(nested++), kind);
      } else if (op.getRequestCase() == kind) {
        refusal =
            kind == RequestCase.REQUEST_PUT
                ? WriteChecks.putInTxn(op.getRequestPut(), reader, leases)
                : checkRevision(op.getRequestRange().getRevision());
      }
    }
  }

  /** Unlike a range of its own, one in here may ask for a negative revision and be refused. */
  private @Nullable EtcdError checkRevision(long requested) {
    if (requested > base) {
      return KvError.FUTURE_REVISION;
    }
    return requested != 0 && requested < compactRevision ? KvError.COMPACTED : null;
  }

  private TxnResponse execute(Way way, boolean inner) {
    TxnResponse.Builder response = TxnResponse.newBuilder().setSucceeded(way.succeeded());
    if (inner) {
      // etcd leaves the header of a nested transaction there, but empty.
      response.setHeader(ResponseHeader.getDefaultInstance());
    }
    int nested = 0;
    for (RequestOp op : way.ops()) {
      ResponseOp.Builder answer = ResponseOp.newBuilder();
      switch (op.getRequestCase()) {
        case REQUEST_RANGE -> answer.setResponseRange(range(op.getRequestRange()));
        case REQUEST_PUT ->
            answer.setResponsePut(writer().put(op.getRequestPut()).toBuilder().setHeader(header()));
        case REQUEST_DELETE_RANGE ->
            answer.setResponseDeleteRange(
                writer().deleteRange(op.getRequestDeleteRange()).toBuilder().setHeader(header()));
        case REQUEST_TXN -> answer.setResponseTxn(execute(way.nested().get(nested++), true));
        case REQUEST_NOT_SET -> throw new IllegalStateException("operation without a variant");
      }
      response.addResponses(answer);
    }
    return response.build();
  }

  private RangeResponse range(RangeRequest request) {
    RangeResponse.Builder response = RangeResponse.newBuilder().setHeader(header());
    long atRevision = request.getRevision() > 0 ? request.getRevision() : newest;
    RangeResult result =
        RangeQuery.of(request)
            .run(reader, atRevision, encoded -> response.addKvs(KeyValueCodec.parse(encoded)));
    return response.setCount(result.count()).setMore(result.more()).build();
  }

  private KeyWriter writer() {
    return Check.present(writer, "a read-only transaction writes");
  }

  /** Only the revision, as it is after the operation that is being answered. */
  private ResponseHeader header() {
    long revision = writer == null ? base : writer.revision();
    return ResponseHeader.newBuilder().setRevision(revision).build();
  }
}
