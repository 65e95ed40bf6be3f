package io.mooring.machine;

import com.google.protobuf.ByteString;
import io.mooring.api.etcdserverpb.CompactionResponse;
import io.mooring.api.etcdserverpb.Compare;
import io.mooring.api.etcdserverpb.Compare.CompareTarget;
import io.mooring.api.etcdserverpb.DeleteRangeRequest;
import io.mooring.api.etcdserverpb.DeleteRangeResponse;
import io.mooring.api.etcdserverpb.LeaseGrantRequest;
import io.mooring.api.etcdserverpb.LeaseGrantResponse;
import io.mooring.api.etcdserverpb.LeaseRevokeResponse;
import io.mooring.api.etcdserverpb.PutRequest;
import io.mooring.api.etcdserverpb.PutResponse;
import io.mooring.api.etcdserverpb.RangeRequest;
import io.mooring.api.etcdserverpb.RangeRequest.SortOrder;
import io.mooring.api.etcdserverpb.RangeRequest.SortTarget;
import io.mooring.api.etcdserverpb.RangeResponse;
import io.mooring.api.etcdserverpb.RequestOp;
import io.mooring.api.etcdserverpb.ResponseHeader;
import io.mooring.api.etcdserverpb.ResponseOp;
import io.mooring.api.etcdserverpb.TxnRequest;
import io.mooring.api.etcdserverpb.TxnResponse;
import io.mooring.api.internalpb.Command;
import io.mooring.api.mvccpb.KeyValue;
import io.mooring.base.Check;
import io.mooring.error.EtcdError;
import io.mooring.error.KvError;
import io.mooring.error.LeaseError;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * The state machine as one would explain it: a whole map for every revision. Slow, and obviously
 * right; shares no code with the real one but the messages.
 */
final class NaiveModel {

  private static final Comparator<ByteString> BYTES =
      ByteString.unsignedLexicographicalComparator();

  /** The map of each revision; 0 and 1 are the empty store. */
  final List<TreeMap<ByteString, KeyValue>> states = new ArrayList<>();

  final TreeMap<Long, Long> leases = new TreeMap<>();
  long compactRevision = -1;

  /** The next revision being made, if any of it was. */
  private TreeMap<ByteString, KeyValue> work = new TreeMap<>(BYTES);

  private boolean changed;

  NaiveModel() {
    states.add(new TreeMap<>(BYTES));
    states.add(new TreeMap<>(BYTES));
  }

  long revision() {
    return states.size() - 1;
  }

  TreeMap<ByteString, KeyValue> newest() {
    return states.get(states.size() - 1);
  }

  Outcome apply(Command command) {
    return switch (command.getBodyCase()) {
      case PUT -> putCommand(command.getPut());
      case DELETE_RANGE -> {
        begin();
        yield end(delete(command.getDeleteRange()));
      }
      case TXN -> txnCommand(command.getTxn());
      case COMPACTION -> compact(command.getCompaction().getRevision());
      case LEASE_GRANT -> grant(command.getLeaseGrant());
      case LEASE_REVOKE -> revoke(command.getLeaseRevoke().getID());
      case EXPIRE_LEASES -> expire(command.getExpireLeases().getIdsList());
      default -> throw new IllegalArgumentException("not in the model");
    };
  }

  RangeResponse range(RangeRequest request, TreeMap<ByteString, KeyValue> state) {
    List<KeyValue> all = select(state, request.getKey(), request.getRangeEnd());
    RangeResponse.Builder response = RangeResponse.newBuilder().setCount(all.size());
    if (request.getCountOnly()) {
      return response.build();
    }
    boolean filtered =
        request.getMinModRevision() != 0
            || request.getMaxModRevision() != 0
            || request.getMinCreateRevision() != 0
            || request.getMaxCreateRevision() != 0;
    long limit = request.getLimit();
    List<KeyValue> kvs = new ArrayList<>(all);
    if (limit > 0 && !filtered && request.getSortOrder() == SortOrder.NONE) {
      kvs = kvs.subList(0, (int) Math.min(kvs.size(), limit + 1));
    }
    kvs = new ArrayList<>(kvs);
    kvs.removeIf(kv -> !passes(request, kv));
    Comparator<KeyValue> order = order(request.getSortTarget());
    kvs.sort(request.getSortOrder() == SortOrder.DESCEND ? order.reversed() : order);
    if (limit > 0 && kvs.size() > limit) {
      kvs = kvs.subList(0, (int) limit);
      response.setMore(true);
    }
    for (KeyValue kv : kvs) {
      KeyValue.Builder shown = kv.toBuilder();
      if (request.getKeysOnly()) {
        shown.clearValue();
        if (request.getSortTarget() != SortTarget.VALUE) {
          shown.clearLease();
        }
      }
      response.addKvs(shown);
    }
    return response.build();
  }

  /** Whether one branch of a valid-looking transaction repeats a key, by etcd's rule. */
  static boolean repeats(List<RequestOp> ops) {
    return collect(ops, new ArrayList<>(), new ArrayList<>());
  }

  private static boolean collect(
      List<RequestOp> ops, List<ByteString> puts, List<DeleteRangeRequest> deletes) {
    boolean repeats = false;
    for (RequestOp op : ops) {
      if (op.hasRequestDeleteRange()) {
        deletes.add(op.getRequestDeleteRange());
      }
    }
    for (RequestOp op : ops) {
      if (!op.hasRequestTxn()) {
        continue;
      }
      List<ByteString> thenPuts = new ArrayList<>();
      List<ByteString> elsePuts = new ArrayList<>();
      List<DeleteRangeRequest> nestedDeletes = new ArrayList<>();
      List<DeleteRangeRequest> elseDeletes = new ArrayList<>();
      repeats |= collect(op.getRequestTxn().getSuccessList(), thenPuts, nestedDeletes);
      repeats |= collect(op.getRequestTxn().getFailureList(), elsePuts, elseDeletes);
      nestedDeletes.addAll(elseDeletes);
      elsePuts.removeAll(thenPuts);
      thenPuts.addAll(elsePuts);
      for (ByteString put : thenPuts) {
        repeats |= puts.contains(put) || deletes.stream().anyMatch(d -> overlaps(d, put));
        puts.add(put);
      }
      deletes.addAll(nestedDeletes);
    }
    for (RequestOp op : ops) {
      if (op.hasRequestPut()) {
        ByteString put = op.getRequestPut().getKey();
        repeats |= puts.contains(put) || deletes.stream().anyMatch(d -> overlaps(d, put));
        puts.add(put);
      }
    }
    return repeats;
  }

  /** The end "\0" is taken for an ordinary one here, so that it overlaps nothing. */
  private static boolean overlaps(DeleteRangeRequest delete, ByteString key) {
    return delete.getRangeEnd().isEmpty()
        ? delete.getKey().equals(key)
        : BYTES.compare(delete.getKey(), key) <= 0 && BYTES.compare(key, delete.getRangeEnd()) < 0;
  }

  private Outcome putCommand(PutRequest request) {
    EtcdError refusal = refuse(request);
    if (refusal != null) {
      return Outcome.refused(revision(), refusal);
    }
    begin();
    return end(put(request));
  }

  private Outcome txnCommand(TxnRequest request) {
    EtcdError refusal = refuse(request);
    if (refusal != null) {
      return Outcome.refused(revision(), refusal);
    }
    begin();
    return end(execute(request, false));
  }

  private Outcome compact(long at) {
    if (at <= compactRevision) {
      return Outcome.refused(revision(), KvError.COMPACTED);
    }
    if (at > revision()) {
      return Outcome.refused(revision(), KvError.FUTURE_REVISION);
    }
    compactRevision = at;
    return Outcome.done(revision(), CompactionResponse.getDefaultInstance());
  }

  private Outcome grant(LeaseGrantRequest request) {
    if (leases.containsKey(request.getID())) {
      return Outcome.refused(revision(), LeaseError.EXISTS);
    }
    leases.put(request.getID(), request.getTTL());
    return Outcome.done(
        revision(),
        LeaseGrantResponse.newBuilder().setID(request.getID()).setTTL(request.getTTL()).build());
  }

  private Outcome revoke(long leaseId) {
    if (leases.remove(leaseId) == null) {
      return Outcome.refused(revision(), LeaseError.NOT_FOUND);
    }
    begin();
    deleteAttached(leaseId);
    return end(LeaseRevokeResponse.getDefaultInstance());
  }

  private Outcome expire(List<Long> ids) {
    for (long leaseId : ids) {
      if (leases.remove(leaseId) != null) {
        begin();
        deleteAttached(leaseId);
        end(LeaseRevokeResponse.getDefaultInstance());
      }
    }
    return Outcome.done(revision());
  }

  private void deleteAttached(long leaseId) {
    changed |= work.values().removeIf(kv -> kv.getLease() == leaseId);
  }

  private void begin() {
    work = new TreeMap<>(newest());
    changed = false;
  }

  private Outcome end(com.google.protobuf.MessageLite response) {
    if (changed) {
      states.add(work);
    }
    return Outcome.done(revision(), response);
  }

  private @Nullable EtcdError refuse(PutRequest request) {
    if (request.getLease() != 0 && !leases.containsKey(request.getLease())) {
      return LeaseError.NOT_FOUND;
    }
    boolean carries = request.getIgnoreValue() || request.getIgnoreLease();
    return carries && !newest().containsKey(request.getKey()) ? KvError.KEY_NOT_FOUND : null;
  }

  /** All puts, each with its key before its lease, and only then all ranges. */
  private @Nullable EtcdError refuse(TxnRequest txn) {
    EtcdError refusal = refuse(txn, true);
    return refusal == null ? refuse(txn, false) : refusal;
  }

  private @Nullable EtcdError refuse(TxnRequest txn, boolean puts) {
    for (RequestOp op : way(txn)) {
      EtcdError refusal = null;
      if (puts && op.hasRequestPut()) {
        refusal = refuse(op.getRequestPut().toBuilder().clearLease().build());
        refusal = refusal == null ? refuse(op.getRequestPut()) : refusal;
      } else if (op.hasRequestTxn()) {
        refusal = refuse(op.getRequestTxn(), puts);
      } else if (!puts && op.hasRequestRange()) {
        long at = op.getRequestRange().getRevision();
        if (at > revision()) {
          refusal = KvError.FUTURE_REVISION;
        } else if (at != 0 && at < compactRevision) {
          refusal = KvError.COMPACTED;
        }
      }
      if (refusal != null) {
        return refusal;
      }
    }
    return null;
  }

  private List<RequestOp> way(TxnRequest txn) {
    boolean all = txn.getCompareList().stream().allMatch(this::holds);
    return all ? txn.getSuccessList() : txn.getFailureList();
  }

  private boolean holds(Compare compare) {
    List<KeyValue> kvs = select(newest(), compare.getKey(), compare.getRangeEnd());
    if (kvs.isEmpty()) {
      return compare.getTarget() != CompareTarget.VALUE
          && holds(compare, KeyValue.getDefaultInstance());
    }
    return kvs.stream().allMatch(kv -> holds(compare, kv));
  }

  private static boolean holds(Compare compare, KeyValue kv) {
    int order =
        switch (compare.getTarget()) {
          case VERSION -> Long.compare(kv.getVersion(), compare.getVersion());
          case CREATE -> Long.compare(kv.getCreateRevision(), compare.getCreateRevision());
          case MOD -> Long.compare(kv.getModRevision(), compare.getModRevision());
          case VALUE -> BYTES.compare(kv.getValue(), compare.getValue());
          case LEASE -> Long.compare(kv.getLease(), compare.getLease());
          case UNRECOGNIZED -> 0;
        };
    return switch (compare.getResult()) {
      case EQUAL -> order == 0;
      case NOT_EQUAL -> order != 0;
      case GREATER -> order > 0;
      case LESS -> order < 0;
      case UNRECOGNIZED -> true;
    };
  }

  private TxnResponse execute(TxnRequest txn, boolean inner) {
    List<RequestOp> way = way(txn);
    boolean succeeded = txn.getCompareList().stream().allMatch(this::holds);
    TxnResponse.Builder response = TxnResponse.newBuilder().setSucceeded(succeeded);
    if (inner) {
      response.setHeader(ResponseHeader.getDefaultInstance());
    }
    for (RequestOp op : way) {
      ResponseOp.Builder answer = response.addResponsesBuilder();
      switch (op.getRequestCase()) {
        case REQUEST_RANGE -> {
          long at = op.getRequestRange().getRevision();
          RangeResponse range = range(op.getRequestRange(), at > 0 ? states.get((int) at) : work);
          answer.setResponseRange(range.toBuilder().setHeader(header()));
        }
        case REQUEST_PUT -> {
          PutResponse put = put(op.getRequestPut());
          answer.setResponsePut(put.toBuilder().setHeader(header()));
        }
        case REQUEST_DELETE_RANGE -> {
          DeleteRangeResponse delete = delete(op.getRequestDeleteRange());
          answer.setResponseDeleteRange(delete.toBuilder().setHeader(header()));
        }
        case REQUEST_TXN -> answer.setResponseTxn(execute(op.getRequestTxn(), true));
        case REQUEST_NOT_SET -> throw new IllegalArgumentException("invalid");
      }
    }
    return response.build();
  }

  private ResponseHeader header() {
    return ResponseHeader.newBuilder().setRevision(revision() + (changed ? 1 : 0)).build();
  }

  private PutResponse put(PutRequest request) {
    KeyValue previous = work.get(request.getKey());
    // What is carried over is there, unless this transaction has deleted it: then as it was before.
    KeyValue carried = previous != null ? previous : newest().get(request.getKey());
    KeyValue.Builder kv =
        KeyValue.newBuilder()
            .setKey(request.getKey())
            .setValue(
                request.getIgnoreValue()
                    ? Check.present(carried, "value").getValue()
                    : request.getValue())
            .setLease(
                request.getIgnoreLease()
                    ? Check.present(carried, "lease").getLease()
                    : request.getLease())
            .setModRevision(revision() + 1)
            .setCreateRevision(previous == null ? revision() + 1 : previous.getCreateRevision())
            .setVersion(previous == null ? 1 : previous.getVersion() + 1);
    work.put(request.getKey(), kv.build());
    changed = true;
    PutResponse.Builder response = PutResponse.newBuilder();
    if (request.getPrevKv() && previous != null) {
      response.setPrevKv(previous);
    }
    return response.build();
  }

  private DeleteRangeResponse delete(DeleteRangeRequest request) {
    List<KeyValue> victims = select(work, request.getKey(), request.getRangeEnd());
    victims.forEach(kv -> work.remove(kv.getKey()));
    changed |= !victims.isEmpty();
    DeleteRangeResponse.Builder response = DeleteRangeResponse.newBuilder();
    if (request.getPrevKv()) {
      response.addAllPrevKvs(victims);
    }
    return response.setDeleted(victims.size()).build();
  }

  private static List<KeyValue> select(
      TreeMap<ByteString, KeyValue> state, ByteString key, ByteString end) {
    List<KeyValue> found = new ArrayList<>();
    boolean open = end.equals(ByteString.copyFrom(new byte[] {0}));
    for (KeyValue kv : state.values()) {
      boolean in =
          end.isEmpty()
              ? kv.getKey().equals(key)
              : BYTES.compare(key, kv.getKey()) <= 0
                  && (open || BYTES.compare(kv.getKey(), end) < 0);
      if (in) {
        found.add(kv);
      }
    }
    return found;
  }

  private static boolean passes(RangeRequest r, KeyValue kv) {
    return (r.getMinModRevision() == 0 || kv.getModRevision() >= r.getMinModRevision())
        && (r.getMaxModRevision() == 0 || kv.getModRevision() <= r.getMaxModRevision())
        && (r.getMinCreateRevision() == 0 || kv.getCreateRevision() >= r.getMinCreateRevision())
        && (r.getMaxCreateRevision() == 0 || kv.getCreateRevision() <= r.getMaxCreateRevision());
  }

  private static Comparator<KeyValue> order(SortTarget target) {
    return switch (target) {
      case KEY -> Comparator.comparing(KeyValue::getKey, BYTES);
      case VERSION -> Comparator.comparing(KeyValue::getVersion);
      case CREATE -> Comparator.comparing(KeyValue::getCreateRevision);
      case MOD -> Comparator.comparing(KeyValue::getModRevision);
      case VALUE -> Comparator.comparing(KeyValue::getValue, BYTES);
      case UNRECOGNIZED -> throw new IllegalArgumentException("invalid");
    };
  }

  /** Which keys each lease has, by id, as the newest state says. */
  TreeMap<Long, TreeSet<ByteString>> attachments() {
    TreeMap<Long, TreeSet<ByteString>> found = new TreeMap<>();
    for (KeyValue kv : newest().values()) {
      if (kv.getLease() != 0) {
        found.computeIfAbsent(kv.getLease(), id -> new TreeSet<>(BYTES)).add(kv.getKey());
      }
    }
    return found;
  }
}
