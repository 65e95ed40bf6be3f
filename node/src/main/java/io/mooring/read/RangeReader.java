package io.mooring.read;

import io.mooring.api.etcdserverpb.TxnRequest;
import io.mooring.api.storage.EngineException;
import io.mooring.api.storage.MvccEngine;
import io.mooring.api.storage.Peek;
import io.mooring.api.storage.PinRegistry;
import io.mooring.api.storage.Snapshot;
import io.mooring.base.Check;
import io.mooring.base.WireBuffer;
import io.mooring.error.EtcdError;
import io.mooring.error.KvError;
import io.mooring.error.ServerError;
import io.mooring.loop.Loop;
import io.mooring.machine.Outcome;
import io.mooring.machine.View;
import io.mooring.machine.mvcc.LateReads;
import io.mooring.machine.mvcc.RangeQuery;
import io.mooring.machine.mvcc.RangeScan;
import io.mooring.machine.mvcc.Transaction;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/**
 * Answers ranges for one client loop: from the heap on the loop itself where the engine can, and on
 * the readers otherwise. Gets of one key that are ready in the same turn travel to the readers as
 * few tasks, and each task's answers come back as one.
 *
 * <p>Compaction may pass a revision between the view and the read. Who asked for the newest is then
 * answered from a newer view, which is as good; who named the revision is told "compacted".
 */
public final class RangeReader {

  /** Keys that a slice on the client loop walks at most: about 0.2 ms. */
  private static final int LOOP_SLICE_KEYS = 1_500;

  /** Bytes that a slice on the client loop copies at most. */
  private static final int LOOP_SLICE_BYTES = 512 << 10;

  /** Bytes between looks at the reply budget, on a reader. */
  private static final int READER_SLICE_BYTES = 256 << 10;

  /** Gets in one task: enough to hide the hand-over, few enough to share the readers. */
  private static final int MAX_POINTS_PER_TASK = 64;

  private static final int RANGE_CHUNK_BYTES = 16 << 10;

  private final Loop loop;
  private final ReaderPool readers;
  private final ReplyBudget budget;
  private final HeaderWriter headers;
  private final LongSupplier raftTerm;
  private final Supplier<View> newestView;
  private final PinRegistry pins;

  private List<PointRead> points = new ArrayList<>();

  private record PointRead(ReadRequest request, Promise<RangeAnswer> promise) {}

  /**
   * Creates the reader of a loop.
   *
   * @param readers shared by all loops
   * @param budget shared by all loops
   * @param raftTerm for headers; any thread, never blocks
   * @param newestView of this member; any thread, never blocks
   * @param pins of the engine, for ranges that are answered in chunks
   */
  public RangeReader(
      Loop loop,
      ReaderPool readers,
      ReplyBudget budget,
      HeaderWriter headers,
      LongSupplier raftTerm,
      Supplier<View> newestView,
      PinRegistry pins) {
    this.loop = loop;
    this.readers = readers;
    this.budget = budget;
    this.headers = headers;
    this.raftTerm = raftTerm;
    this.newestView = newestView;
    this.pins = pins;
  }

  /**
   * Answers a range. Called on the loop; the future completes there.
   *
   * @param requested revision as the client gave it, 0 or below for the newest
   * @param view at least as new as the request demands
   */
  public Future<RangeAnswer> read(RangeQuery query, long requested, View view) {
    EtcdError refusal =
        RangeQuery.refuseRevision(requested, view.revision(), view.compactRevision());
    if (refusal != null) {
      return Future.failedFuture(refusal.exception());
    }
    ReadRequest request = new ReadRequest(query, requested, view);
    if (query.keys().point()) {
      return readPoint(request);
    }
    return view.engine().heapResident() ? readOnLoop(request) : readOnReader(request);
  }

  /**
   * Begins a range that is answered in chunks. Whoever gets it closes it.
   *
   * @param chunkBytes size that chunks tend to
   */
  public Future<StreamedRange> stream(RangeQuery query, long requested, View view, int chunkBytes) {
    EtcdError refusal =
        RangeQuery.refuseRevision(requested, view.revision(), view.compactRevision());
    if (refusal != null) {
      return Future.failedFuture(refusal.exception());
    }
    long atRevision = requested > 0 ? requested : view.revision();
    long pinUntilNs = loop.nowNs() + StreamedRange.PIN_NS;
    PinRegistry.Pin pin = pins.tryPin(view.engine(), atRevision, "range stream", pinUntilNs);
    if (pin == null) {
      View newer = newestView.get();
      return requested <= 0 && newer.revision() > view.revision()
          ? stream(query, requested, newer, chunkBytes)
          : Future.failedFuture(KvError.COMPACTED.exception());
    }
    return Future.succeededFuture(
        new StreamedRange(
            query,
            view,
            pin,
            pinUntilNs,
            atRevision,
            chunkBytes,
            budget,
            headers,
            raftTerm.getAsLong()));
  }

  /** Reads the next chunk of a streamed range; one at a time. */
  public Future<StreamedRange.Chunk> next(StreamedRange range) {
    long nowNs = loop.nowNs();
    return onReader(() -> range.next(nowNs));
  }

  /** Answers a valid transaction of plain ranges. */
  public Future<RangeAnswer> read(TxnRequest request, View view) {
    return onReader(() -> txn(request, view))
        .compose(
            answer -> {
              if (answer != RangeAnswer.COMPACTED) {
                return settle(answer);
              }
              View newer = newestView.get();
              return newer.revision() > view.revision()
                  ? read(request, newer)
                  : Future.failedFuture(KvError.COMPACTED.exception());
            });
  }

  private RangeAnswer txn(TxnRequest request, View view) {
    try (Snapshot snapshot = view.engine().snapshot()) {
      long compactRevision = snapshot.state().compactRevision();
      if (compactRevision > view.revision()) {
        return RangeAnswer.COMPACTED;
      }
      Transaction.Result result =
          Transaction.read(request, snapshot, view.revision(), compactRevision);
      LateReads reads = result.late();
      return reads == null
          ? RangeAnswer.refused(Check.present(result.refusal(), "result with neither form"))
          : answer(reads, snapshot, view.revision(), ReplyBudget.REFUSAL);
    }
  }

  /**
   * Reads what the reply to a write lacks. The write is done, whatever becomes of its reply: what
   * fails here says so.
   *
   * @param outcome with reads that are left, and their pin, which is closed here
   */
  public Future<RangeAnswer> finish(Outcome outcome) {
    LateReads reads = Check.present(outcome.late(), "a complete reply");
    PinRegistry.Pin pin = Check.present(outcome.pin(), "late reads without a pin");
    return onReader(() -> finish(reads, outcome.revision(), pin), ReplyBudget.WRITTEN)
        .onComplete(answer -> pin.close())
        .compose(RangeReader::settle);
  }

  private RangeAnswer finish(LateReads reads, long revision, PinRegistry.Pin pin) {
    try (Snapshot snapshot = pin.engine().snapshot()) {
      RangeAnswer answer = answer(reads, snapshot, revision, ReplyBudget.WRITTEN);
      if (!pin.broken()) {
        return answer;
      }
      answer.release();
      return RangeAnswer.refused(ReplyBudget.WRITTEN);
    } catch (EngineException e) {
      if (e.kind() != EngineException.Kind.CLOSED) {
        throw e;
      }
      // Another engine has taken its place, with an installed state.
      return RangeAnswer.refused(ReplyBudget.WRITTEN);
    }
  }

  private RangeAnswer answer(LateReads reads, Snapshot snapshot, long revision, EtcdError noRoom) {
    WireBuffer out = new WireBuffer(512);
    headers.write(out, revision, raftTerm.getAsLong());
    ReplyShare share = new ReplyShare(budget);
    boolean written = false;
    try {
      written = LateReply.write(out, reads, snapshot, share);
      return written ? RangeAnswer.of(out, share) : RangeAnswer.refused(noRoom);
    } finally {
      if (!written) {
        share.release();
      }
    }
  }

  private <T> Future<T> onReader(Supplier<T> work) {
    return onReader(work, ServerError.TOO_MANY_REQUESTS);
  }

  private <T> Future<T> onReader(Supplier<T> work, EtcdError full) {
    Promise<T> promise = loop.promise();
    boolean taken =
        readers.offer(
            () -> {
              try {
                promise.complete(work.get());
              } catch (Throwable e) {
                promise.fail(e); // errors too: somebody waits
              }
            });
    return taken ? promise.future() : Future.failedFuture(full.exception());
  }

  private Future<RangeAnswer> readPoint(ReadRequest request) {
    MvccEngine engine = request.view().engine();
    Peek peek = engine.peek(request.query().keys().from(), request.atRevision());
    if (peek.known()) {
      // Compaction may have passed while the heap was asked; if it did, the state shows it now.
      if (engine.state().compactRevision() <= request.atRevision()) {
        return settle(request, pointAnswer(request, peek));
      }
      return afterCompaction(request);
    }
    Promise<RangeAnswer> promise = loop.promise();
    if (points.isEmpty()) {
      loop.execute(this::sendPoints);
    }
    points.add(new PointRead(request, promise));
    return promise.future();
  }

  private RangeAnswer pointAnswer(ReadRequest request, Peek peek) {
    int payload =
        peek.version() == null || peek.version().payload() == null
            ? 0
            : peek.version().payload().length;
    RangeReply reply = begin(request, HeaderWriter.MAX_BYTES + 32 + payload);
    reply.finish(request.query().answerPoint(peek.version(), reply));
    return end(reply);
  }

  /** Hands the gets of this turn to the readers. */
  private void sendPoints() {
    List<PointRead> all = points;
    points = new ArrayList<>();
    for (int from = 0; from < all.size(); from += MAX_POINTS_PER_TASK) {
      List<PointRead> some = all.subList(from, Math.min(from + MAX_POINTS_PER_TASK, all.size()));
      if (!readers.offer(() -> readPoints(some))) {
        some.forEach(point -> point.promise().fail(ServerError.TOO_MANY_REQUESTS.exception()));
      }
    }
  }

  private void readPoints(List<PointRead> some) {
    List<RangeAnswer> answers = new ArrayList<>(some.size());
    MvccEngine engine = some.get(0).request().view().engine();
    Throwable fault = null;
    try (Snapshot snapshot = engine.snapshot()) {
      for (PointRead point : some) {
        ReadRequest request = point.request();
        answers.add(request.view().engine() == engine ? scan(request, snapshot) : scan(request));
      }
    } catch (Throwable e) {
      fault = e;
    }
    Throwable failed = fault;
    loop.execute(
        () -> {
          for (int i = 0; i < some.size(); i++) {
            PointRead point = some.get(i);
            if (i < answers.size()) {
              settle(point.request(), answers.get(i)).onComplete(point.promise());
            } else {
              point.promise().fail(failed);
            }
          }
        });
  }

  private Future<RangeAnswer> readOnReader(ReadRequest request) {
    return onReader(() -> scan(request)).compose(answer -> settle(request, answer));
  }

  /** A first slice on the loop; a range that needs more goes on at a reader. */
  private Future<RangeAnswer> readOnLoop(ReadRequest request) {
    Snapshot snapshot = request.view().engine().snapshot();
    if (snapshot.state().compactRevision() > request.atRevision()) {
      snapshot.close();
      return afterCompaction(request);
    }
    RangeReply reply = begin(request, RANGE_CHUNK_BYTES);
    RangeScan scan = new RangeScan(request.query(), snapshot, request.atRevision(), reply);
    boolean handedOver = false;
    try {
      if (!scan.countPending() && scan.advance(LOOP_SLICE_KEYS, LOOP_SLICE_BYTES)) {
        reply.finish(scan.result());
        return settle(request, end(reply));
      }
      Promise<RangeAnswer> promise = loop.promise();
      handedOver = readers.offer(() -> finishOnReader(scan, snapshot, reply, promise));
      return handedOver
          ? promise.future().compose(answer -> settle(request, answer))
          : Future.failedFuture(ServerError.TOO_MANY_REQUESTS.exception());
    } finally {
      if (!handedOver) {
        scan.close();
        snapshot.close();
      }
    }
  }

  private void finishOnReader(
      RangeScan scan, Snapshot snapshot, RangeReply reply, Promise<RangeAnswer> promise) {
    RangeAnswer answer;
    try (snapshot;
        scan) {
      answer = finish(scan, reply);
    } catch (Throwable e) {
      reply.release();
      promise.fail(e);
      return;
    }
    promise.complete(answer);
  }

  private RangeAnswer scan(ReadRequest request) {
    try (Snapshot snapshot = request.view().engine().snapshot()) {
      return scan(request, snapshot);
    }
  }

  private RangeAnswer scan(ReadRequest request, Snapshot snapshot) {
    if (snapshot.state().compactRevision() > request.atRevision()) {
      return RangeAnswer.COMPACTED;
    }
    boolean point = request.query().keys().point();
    RangeReply reply = begin(request, point ? 512 : RANGE_CHUNK_BYTES);
    try (RangeScan scan = new RangeScan(request.query(), snapshot, request.atRevision(), reply)) {
      return finish(scan, reply);
    } catch (Throwable e) {
      reply.release();
      throw e;
    }
  }

  private static RangeAnswer finish(RangeScan scan, RangeReply reply) {
    boolean done = false;
    while (!done) {
      done = scan.advance(Integer.MAX_VALUE, READER_SLICE_BYTES);
      if (!reply.reserve(scan.heldBytes())) {
        reply.release();
        return RangeAnswer.refused(ReplyBudget.REFUSAL);
      }
    }
    reply.finish(scan.result());
    return RangeAnswer.of(reply);
  }

  /** Turns what a reader found into what the client gets; on the loop. */
  private Future<RangeAnswer> settle(ReadRequest request, RangeAnswer answer) {
    return answer == RangeAnswer.COMPACTED ? afterCompaction(request) : settle(answer);
  }

  private static Future<RangeAnswer> settle(RangeAnswer answer) {
    EtcdError refusal = answer.refusal();
    return refusal == null
        ? Future.succeededFuture(answer)
        : Future.failedFuture(refusal.exception());
  }

  private Future<RangeAnswer> afterCompaction(ReadRequest request) {
    View newer = newestView.get();
    if (request.requested() > 0 || newer.revision() <= request.view().revision()) {
      return Future.failedFuture(KvError.COMPACTED.exception());
    }
    return read(request.query(), request.requested(), newer);
  }

  private RangeReply begin(ReadRequest request, int firstChunkBytes) {
    RangeReply reply = new RangeReply(budget, firstChunkBytes);
    headers.write(reply.out(), request.view().revision(), raftTerm.getAsLong());
    return reply;
  }

  private RangeAnswer end(RangeReply reply) {
    return reply.reserve() ? RangeAnswer.of(reply) : RangeAnswer.refused(ReplyBudget.REFUSAL);
  }
}
