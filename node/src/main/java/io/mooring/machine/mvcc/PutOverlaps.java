package io.mooring.machine.mvcc;

import com.google.protobuf.ByteString;
import io.mooring.api.etcdserverpb.DeleteRangeRequest;
import io.mooring.api.etcdserverpb.RequestOp;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * Finds keys that one list of operations would put twice, or put and delete: a revision holds one
 * change of a key. Matches etcd's rule (api/v3rpc/key.go) where it looks odd too:
 *
 * <ul>
 *   <li>the branches of one nested transaction may put the same key, as only one of them runs;
 *   <li>a delete with range_end "\0" overlaps nothing, being taken for an ordinary, empty range;
 *   <li>puts of a nested transaction are checked against deletes of earlier nested ones and of this
 *       list, not against those of later nested ones.
 * </ul>
 *
 * <p>Deletes are kept as disjoint intervals and puts as sets, so that the cost is O(n log n) for
 * each level of nesting, whatever a client sends.
 */
final class PutOverlaps {

  private static final Comparator<ByteString> ORDER =
      ByteString.unsignedLexicographicalComparator();

  private static final ByteString ZERO = ByteString.copyFrom(new byte[] {0});

  private final Set<ByteString> puts = new HashSet<>();

  /** Disjoint deleted intervals, start to exclusive end. */
  private final TreeMap<ByteString, ByteString> deletes = new TreeMap<>(ORDER);

  private boolean repeats;

  private PutOverlaps() {}

  /** Whether a list of operations, with all that is nested in it, repeats a key. */
  static boolean repeats(List<RequestOp> ops) {
    return of(ops).repeats;
  }

  private static PutOverlaps of(List<RequestOp> ops) {
    PutOverlaps found = new PutOverlaps();
    for (RequestOp op : ops) {
      if (op.hasRequestDeleteRange()) {
        found.addDelete(op.getRequestDeleteRange());
      }
    }
    for (RequestOp op : ops) {
      if (op.hasRequestTxn() && !found.repeats) {
        found.addNested(
            of(op.getRequestTxn().getSuccessList()), of(op.getRequestTxn().getFailureList()));
      }
    }
    for (RequestOp op : ops) {
      if (op.hasRequestPut()) {
        found.addPut(op.getRequestPut().getKey());
      }
    }
    return found;
  }

  private void addNested(PutOverlaps then, PutOverlaps otherwise) {
    repeats |= then.repeats || otherwise.repeats;
    for (ByteString key : then.puts) {
      addPut(key);
    }
    for (ByteString key : otherwise.puts) {
      if (!then.puts.contains(key)) {
        addPut(key);
      }
    }
    then.deletes.forEach(this::addInterval);
    otherwise.deletes.forEach(this::addInterval);
  }

  private void addPut(ByteString key) {
    Map.Entry<ByteString, ByteString> below = deletes.floorEntry(key);
    boolean deleted = below != null && ORDER.compare(key, below.getValue()) < 0;
    repeats |= deleted || !puts.add(key);
  }

  private void addDelete(DeleteRangeRequest request) {
    ByteString start = request.getKey();
    ByteString end = request.getRangeEnd();
    addInterval(start, end.isEmpty() ? start.concat(ZERO) : end);
  }

  private void addInterval(ByteString start, ByteString end) {
    if (ORDER.compare(start, end) >= 0) {
      return;
    }
    ByteString from = start;
    ByteString to = end;
    Map.Entry<ByteString, ByteString> below = deletes.floorEntry(start);
    if (below != null && ORDER.compare(below.getValue(), start) >= 0) {
      from = below.getKey();
      to = max(to, below.getValue());
    }
    Map.Entry<ByteString, ByteString> inside = deletes.ceilingEntry(from);
    while (inside != null && ORDER.compare(inside.getKey(), to) <= 0) {
      to = max(to, inside.getValue());
      deletes.remove(inside.getKey());
      inside = deletes.ceilingEntry(from);
    }
    deletes.put(from, to);
  }

  private static ByteString max(ByteString a, ByteString b) {
    return ORDER.compare(a, b) >= 0 ? a : b;
  }
}
