package io.mooring.machine.mvcc;

import io.mooring.api.etcdserverpb.DeleteRangeRequest;
import io.mooring.api.etcdserverpb.TxnResponse;
import io.mooring.api.storage.Snapshot;
import io.mooring.api.storage.Version;
import io.mooring.api.storage.VersionReader;
import io.mooring.base.Check;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What is still to be read before a command can be answered. The command is done: only its answer
 * lacks ranges and previous values that were too much for the apply thread, or that belong to a
 * transaction which only reads.
 *
 * <p>Each is read from an engine snapshot at the revision before the command. For those that must
 * see earlier operations of their transaction, these operations are laid over the snapshot: puts
 * with their versions, which are no larger than the request, and deletes as the ranges they named.
 * So it does not matter what is written meanwhile, as long as a pin keeps {@link #lowestRevision}
 * readable.
 *
 * <p>Immutable once built; any thread.
 */
public final class LateReads {

  /** What of the answer is missing. */
  public enum Kind {
    /** A {@code RangeResponse}. */
    RANGE,
    /** The {@code prev_kv} of a {@code PutResponse}. */
    PUT,
    /** The {@code prev_kvs} of a {@code DeleteRangeResponse}, and their number. */
    DELETE
  }

  /**
   * One operation that is still to be answered.
   *
   * @param query what it shows
   * @param revision as asked; 0 or below for the state as the operation met it
   * @param earlier changes of the transaction that it sees
   * @param headerRevision what the header of its answer says
   */
  public record Item(
      Kind kind, RangeQuery query, long revision, int earlier, long headerRevision) {}

  /** A put, or a delete of whatever was in a range. */
  record Change(KeyRange keys, @Nullable Version put) {}

  private final long base;
  private final List<Change> changes = new ArrayList<>();
  private final List<Item> items = new ArrayList<>();
  private @Nullable TxnResponse txn;

  /** Nothing to read yet; {@code base} is the main revision before the command. */
  LateReads(long base) {
    this.base = base;
  }

  /** What a delete outside transactions has still to show. */
  public static LateReads ofDelete(DeleteRangeRequest request, long base) {
    LateReads reads = new LateReads(base);
    RangeQuery victims = RangeQuery.all(request.getKey(), request.getRangeEnd());
    reads.add(new Item(Kind.DELETE, victims, 0, 0, base + 1));
    return reads;
  }

  /** Notes a change that later operations of the command see. */
  void changed(KeyRange keys, @Nullable Version put) {
    changes.add(new Change(keys, put));
  }

  /** Changes noted so far. */
  int changeCount() {
    return changes.size();
  }

  /** Notes an operation that is still to be answered. */
  void add(Item item) {
    items.add(item);
  }

  /** Sets the answer of the transaction, where a response without a variant waits for an item. */
  void answer(TxnResponse response) {
    txn = response;
  }

  boolean isEmpty() {
    return items.isEmpty();
  }

  /** What is missing, in the order of the operations. */
  public List<Item> items() {
    return items;
  }

  /**
   * The transaction's answer without its header; each response without a variant, in depth-first
   * order, stands for the next item. Null for a delete outside transactions.
   */
  public @Nullable TxnResponse txn() {
    return txn;
  }

  /** The lowest main revision that is read. */
  public long lowestRevision() {
    long lowest = base;
    for (Item item : items) {
      lowest = item.revision() > 0 ? Math.min(lowest, item.revision()) : lowest;
    }
    return lowest;
  }

  /** Begins an item's query; to be closed before the snapshot. */
  public RangeScan scan(Item item, Snapshot snapshot, RangeSink sink) {
    if (item.revision() > 0) {
      return new RangeScan(item.query(), snapshot, item.revision(), sink);
    }
    Check.that(base <= snapshot.state().revision(), "a snapshot older than the command", base);
    VersionReader seen =
        item.earlier() == 0
            ? snapshot
            : new OverlaidReader(snapshot, base, changes.subList(0, item.earlier()));
    return new RangeScan(item.query(), seen, base, sink);
  }
}
