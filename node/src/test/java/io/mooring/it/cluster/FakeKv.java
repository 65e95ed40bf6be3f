package io.mooring.it.cluster;

import io.mooring.api.etcdserverpb.DeleteRangeRequest;
import io.mooring.api.etcdserverpb.DeleteRangeResponse;
import io.mooring.api.etcdserverpb.PutRequest;
import io.mooring.api.etcdserverpb.PutResponse;
import io.mooring.api.etcdserverpb.RangeRequest;
import io.mooring.api.etcdserverpb.RangeResponse;
import io.mooring.api.etcdserverpb.RequestOp;
import io.mooring.api.etcdserverpb.ResponseHeader;
import io.mooring.api.etcdserverpb.ResponseOp;
import io.mooring.api.etcdserverpb.TxnRequest;
import io.mooring.api.etcdserverpb.TxnResponse;
import io.mooring.api.mvccpb.KeyValue;
import io.mooring.check.Change;
import io.mooring.check.FakeStore;
import io.mooring.check.FakeStore.Write;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The part of KV that the workload uses, over a store that is honest but for one planted bug, which
 * shows now and then. Called by one thread at a time.
 */
final class FakeKv {

  /** What is wrong with it. */
  enum Plant {
    NONE,
    /** Some reads answer from the past: further back than calls at the same time explain. */
    STALE_READ,
    /** Some puts are acknowledged and dropped. */
    LOST_WRITE,
    /** Some puts are applied once more, a few writes later. */
    DOUBLE_APPLY,
    /** Some compare-and-sets do not compare. */
    BLIND_COMPARE,
    SKIPPED_EVENT,
    REPEATED_EVENT,
    SPLIT_REVISION
  }

  private static final int HONEST_CALLS = 30;
  private static final int STALE_REVISIONS = 25;

  private final FakeStore store = new FakeStore();
  private final Plant plant;
  private int calls;
  private @Nullable Write again;

  FakeKv(Plant plant) {
    this.plant = plant;
  }

  Plant plant() {
    return plant;
  }

  long revision() {
    return store.revision();
  }

  /** What one revision changed. */
  List<Change> changesAt(long revision) {
    return store.log().stream().filter(change -> change.revision() == revision).toList();
  }

  RangeResponse range(RangeRequest request) {
    long revision = request.getRevision() > 0 ? request.getRevision() : store.revision();
    boolean fresh = request.getRevision() == 0 && !request.getSerializable();
    if (fresh && lie(Plant.STALE_READ)) {
      revision = Math.max(1, revision - STALE_REVISIONS);
    }
    RangeResponse.Builder response = RangeResponse.newBuilder();
    String key = request.getKey().toStringUtf8();
    boolean one = request.getRangeEnd().isEmpty();
    store.read(key, revision).values().stream()
        .filter(change -> !one || change.key().equals(key))
        .sorted(Comparator.comparingLong(Change::revision))
        .forEach(change -> response.addKvs(keyValue(change)));
    return response
        .setHeader(header(request.getRevision() > 0 ? store.revision() : revision))
        .build();
  }

  PutResponse put(PutRequest request) {
    PutResponse.Builder response = PutResponse.newBuilder();
    String key = request.getKey().toStringUtf8();
    Change before = store.read(key, store.revision()).get(key);
    if (request.getPrevKv() && before != null) {
      response.setPrevKv(keyValue(before));
    }
    if (again != null && lie(Plant.DOUBLE_APPLY)) {
      store.write(List.of(again));
      again = null;
    }
    Write write = new Write(key, request.getValue().toStringUtf8());
    boolean lost = lie(Plant.LOST_WRITE);
    long revision = store.write(List.of(lost ? new Write("elsewhere", key) : write));
    again = again == null ? write : again;
    return response.setHeader(header(revision)).build();
  }

  DeleteRangeResponse delete(DeleteRangeRequest request) {
    DeleteRangeResponse.Builder response = DeleteRangeResponse.newBuilder();
    String key = request.getKey().toStringUtf8();
    Change before = store.read(key, store.revision()).get(key);
    if (before != null) {
      response.addPrevKvs(keyValue(before)).setDeleted(1);
    }
    return response.setHeader(header(store.write(List.of(new Write(key, null))))).build();
  }

  TxnResponse txn(TxnRequest request) {
    boolean holds = holds(request) || (request.getCompareCount() > 0 && lie(Plant.BLIND_COMPARE));
    List<RequestOp> ops = holds ? request.getSuccessList() : request.getFailureList();
    List<Write> writes = new ArrayList<>();
    for (RequestOp op : ops) {
      if (op.hasRequestPut()) {
        PutRequest put = op.getRequestPut();
        writes.add(new Write(put.getKey().toStringUtf8(), put.getValue().toStringUtf8()));
      }
    }
    TxnResponse.Builder response = TxnResponse.newBuilder().setSucceeded(holds);
    response.setHeader(header(store.write(writes)));
    for (RequestOp op : ops) {
      ResponseOp.Builder answer = response.addResponsesBuilder();
      if (op.hasRequestRange()) {
        // At a revision, so that it is never one of the stale ones.
        RangeRequest now = op.getRequestRange().toBuilder().setRevision(store.revision()).build();
        answer.setResponseRange(range(now));
      }
    }
    return response.build();
  }

  ResponseHeader header(long revision) {
    return ResponseHeader.newBuilder().setRevision(revision).build();
  }

  static KeyValue keyValue(Change change) {
    KeyValue.Builder kv =
        KeyValue.newBuilder()
            .setKey(KeySpace.bytes(change.key()))
            .setModRevision(change.revision())
            .setCreateRevision(change.createRevision())
            .setVersion(change.version());
    return change.value() == null
        ? kv.build()
        : kv.setValue(KeySpace.bytes(change.value())).build();
  }

  private boolean holds(TxnRequest request) {
    return request.getCompareList().stream()
        .allMatch(
            compare -> {
              String key = compare.getKey().toStringUtf8();
              Change now = store.read(key, store.revision()).get(key);
              return (now == null ? 0 : now.revision()) == compare.getModRevision();
            });
  }

  private boolean lie(Plant which) {
    return plant == which && ++calls % HONEST_CALLS == 0;
  }
}
