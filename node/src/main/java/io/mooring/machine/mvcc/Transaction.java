package io.mooring.machine.mvcc;

import com.google.protobuf.ByteString;
import io.mooring.api.etcdserverpb.DeleteRangeRequest;
import io.mooring.api.etcdserverpb.DeleteRangeResponse;
import io.mooring.api.etcdserverpb.PutRequest;
import io.mooring.api.etcdserverpb.PutResponse;
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
 *
 * <p>Of what the third pass shows, only as much is read as there is {@link AnswerRoom}: on the
 * apply thread little, and nothing where nobody waits; for a transaction of plain ranges none at
 * all. The rest, which changes nothing, is left to {@link LateReads}.
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
  private final AnswerRoom room;
  private final LateReads late;
  private @Nullable EtcdError refusal;

  private Transaction(
      VersionReader reader,
      long base,
      long compactRevision,
      LeaseTable leases,
      @Nullable KeyWriter writer,
      AnswerRoom room) {
    this.room = room;
    this.late = new LateReads(base);
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
   * @param response without the outer header; null when refused, or when parts are read late
   * @param late what is still to be read for the response, with the rest of it
   * @param refusal null when done
   */
  public record Result(
      @Nullable TxnResponse response, @Nullable LateReads late, @Nullable EtcdError refusal) {}

  /**
   * Carries out a transaction through a writer that has changed nothing yet.
   *
   * @param room for what its answer shows
   */
  public static Result write(
      TxnRequest request,
      WriteBatch batch,
      KeyWriter writer,
      long compactRevision,
      LeaseTable leases,
      AnswerRoom room) {
    Check.that(!writer.changed(), "a transaction begins a revision");
    Transaction txn =
        new Transaction(batch, writer.revision(), compactRevision, leases, writer, room);
    writer.noteFor(room.wanted() ? txn.late : null);
    return txn.run(request);
  }

  /**
   * Evaluates a transaction of plain ranges, all of which are left to be read late.
   *
   * @param revision the current main revision of the state that answers
   */
  public static Result read(
      TxnRequest request, VersionReader reader, long revision, long compactRevision) {
    Check.that(TxnShape.readOnly(request), "a writing transaction was taken for a read");
    AnswerRoom none = AnswerRoom.of(0, 0);
    return new Transaction(reader, revision, compactRevision, LeaseTable.EMPTY, null, none)
        .run(request);
  }

  private Result run(TxnRequest request) {
    Way way = choose(request);
    // As etcd: puts of the whole way before its ranges, which shows when both would be refused.
    check(way, RequestCase.REQUEST_PUT);
    check(way, RequestCase.REQUEST_RANGE);
    if (refusal != null) {
      return new Result(null, null, refusal);
    }
    TxnResponse response = execute(way, false);
    if (writer != null && late.isEmpty()) {
      return new Result(response, null, null);
    }
    late.answer(response);
    return new Result(null, late, null);
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
      response.addResponses(
          switch (op.getRequestCase()) {
            case REQUEST_RANGE -> range(op.getRequestRange());
            case REQUEST_PUT -> put(op.getRequestPut());
            case REQUEST_DELETE_RANGE -> deleteRange(op.getRequestDeleteRange());
            case REQUEST_TXN ->
                ResponseOp.newBuilder()
                    .setResponseTxn(execute(way.nested().get(nested++), true))
                    .build();
            case REQUEST_NOT_SET -> throw new IllegalStateException("operation without a variant");
          });
    }
    return response.build();
  }

  private ResponseOp range(RangeRequest request) {
    if (!room.wanted()) {
      return ResponseOp.getDefaultInstance();
    }
    RangeResponse.Builder response = RangeResponse.newBuilder().setHeader(header());
    long atRevision = request.getRevision() > 0 ? request.getRevision() : newest;
    RangeQuery query = RangeQuery.of(request);
    try (RangeScan scan =
        new RangeScan(
            query, reader, atRevision, encoded -> response.addKvs(KeyValueCodec.parse(encoded)))) {
      if (!room.walk(scan)) {
        return late(LateReads.Kind.RANGE, query, request.getRevision(), late.changeCount());
      }
      response.setCount(scan.result().count()).setMore(scan.result().more());
    }
    return ResponseOp.newBuilder().setResponseRange(response).build();
  }

  private ResponseOp put(PutRequest request) {
    int earlier = late.changeCount();
    PutResponse response = writer().put(request, room);
    if (response == null) {
      RangeQuery previous = RangeQuery.all(request.getKey(), ByteString.EMPTY);
      return late(LateReads.Kind.PUT, previous, 0, earlier);
    }
    return ResponseOp.newBuilder().setResponsePut(response.toBuilder().setHeader(header())).build();
  }

  private ResponseOp deleteRange(DeleteRangeRequest request) {
    int earlier = late.changeCount();
    DeleteRangeResponse response = writer().deleteRange(request, room);
    if (response == null) {
      RangeQuery victims = RangeQuery.all(request.getKey(), request.getRangeEnd());
      return late(LateReads.Kind.DELETE, victims, 0, earlier);
    }
    return ResponseOp.newBuilder()
        .setResponseDeleteRange(response.toBuilder().setHeader(header()))
        .build();
  }

  /** Leaves an operation's place open. */
  private ResponseOp late(LateReads.Kind kind, RangeQuery query, long revision, int earlier) {
    late.add(new LateReads.Item(kind, query, revision, earlier, header().getRevision()));
    return ResponseOp.getDefaultInstance();
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
