package io.mooring.api.storage.ordered;

import io.mooring.api.storage.tree.PersistentTree;
import io.mooring.api.storage.tree.TreeCursor;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Merges the newest changes of keys into latest and dead, rolling onward in key order, so that a
 * transaction touches neighbouring pages and a key that changes often is merged once per pass. The
 * writer thread's.
 *
 * <p>The rows that wait stand in the overlay, among rows that do not: merged ones that the apply
 * thread has not dropped yet, which are settled, and changes that history does not have yet, which
 * lead to those that they replaced.
 *
 * <p>Invariant: every change up to {@code mergedThrough} is merged, or a later change of its key
 * is; {@link UnmergedAges} says which those are. A pass begins with all of history up to {@code
 * passFrom} either merged or waiting here, and leaves marks: where it stood when history had come
 * to some revision. Keys beyond such a place it merges with all changes up to that revision. A
 * start reads history from {@code mergedThrough} on, and leaves out what the marks say is merged;
 * see {@link MergedRows}.
 *
 * <p>A pass that follows keys which are written in order would never end, and what changes behind
 * it would wait for ever: when it has lasted for long and old changes wait, another one begins.
 */
final class Merger {

  /** Marks to the overlay's bytes: the fewer, the more history a start replays in vain. */
  private static final int MARKS = 64;

  /**
   * History to the overlay's bytes, in halves, that a start may have to read. A pass over an
   * overlay full of random keys brings nearly four; the fewer are allowed, the emptier the overlay
   * and the more pages a change costs.
   */
  private static final int REPLAY_HALVES = 3;

  /** History to the overlay's bytes that a pass may last while changes of before it wait. */
  private static final int LONGEST_PASS = 3;

  private final OrderedProfile profile;
  private final StoreMeta meta;
  private final RecordCodec codec;
  private final Supplier<PersistentTree<Row>> overlay;

  /** Where nothing is put off: what the next transactions are to merge. */
  private final List<Row> brought = new ArrayList<>();

  private final List<Row> merged = new ArrayList<>();
  private final List<Row> superseded = new ArrayList<>();
  private final UnmergedAges ages;

  /** Rows that have still to be merged, and their bytes. */
  private int unmergedRows;

  private long unmergedBytes;

  /**
   * Creates a merger.
   *
   * @param overlay asked for the newest change of every key that has still to be merged, and
   *     perhaps of others; now has just those
   */
  Merger(
      OrderedProfile profile,
      StoreMeta meta,
      RecordCodec codec,
      Supplier<PersistentTree<Row>> overlay) {
    this.profile = profile;
    this.meta = meta;
    this.codec = codec;
    this.overlay = overlay;
    ages = new UnmergedAges(meta, profile.overlayBytes() / MARKS);
    for (TreeCursor<Row> all = overlay.get().cursor(); all.next(); ) {
      await(all.value());
      ages.found(all.value().main);
    }
  }

  private void await(Row row) {
    unmergedRows++;
    unmergedBytes += row.heapBytes();
    if (eager()) {
      brought.add(row);
    }
  }

  private boolean eager() {
    return profile.overlayRows() == 0;
  }

  private void settle(Row row) {
    row.settled = true;
    ages.remove(row.main);
    unmergedRows--;
    unmergedBytes -= row.heapBytes();
  }

  /** Takes a change that the running transaction appends to history. */
  void add(Row row) {
    await(row);
    ages.add(row.main, meta.historyWeight - StoreMeta.weightOf(row.logicalBytes()));
    Row replaced = row.replaced;
    row.replaced = null;
    if (replaced != null && !replaced.settled) {
      settle(replaced);
      superseded.add(replaced);
    }
  }

  /** Whether any change waits to be merged. */
  boolean waiting() {
    return unmergedRows > 0;
  }

  /** Main revision below which nothing waits here: compaction must not go beyond it. */
  long mergedBelow() {
    return unmergedRows == 0 ? Long.MAX_VALUE : meta.mergedThrough + 1;
  }

  /** Starts a pass over, unless the running one already makes for a revision. */
  void aimFor(long main) {
    if (meta.passFrom < main - 1) {
      beginPass();
    }
  }

  private void beginPass() {
    meta.passFrom = meta.historyThrough;
    meta.passWeight = meta.historyWeight;
    meta.passPosition = Row.NO_BYTES;
    meta.passMarks.clear();
  }

  /** The running pass has met all keys. */
  private void endPass() {
    meta.lastPassMarks.become(meta.passMarks);
    beginPass();
  }

  private boolean lastsTooLong() {
    long since = Math.max(meta.passWeight, meta.mergedWeight);
    return meta.historyWeight - since > LONGEST_PASS * profile.overlayBytes();
  }

  /** Notes where the pass is, before it goes on, if history has moved on enough. */
  private void mark() {
    long span = profile.overlayBytes() / MARKS;
    if (meta.historyWeight - meta.passMarks.lastWeight(meta.passWeight) > span) {
      meta.passMarks.add(meta.passPosition, meta.historyThrough, meta.historyWeight);
    }
  }

  /**
   * How many rows this transaction should merge: none while the overlay fills, then as many as were
   * brought, and somewhat more while a bound is exceeded.
   *
   * @param brought changes that the transaction appends to history
   */
  int quota(int brought) {
    int size = unmergedRows;
    if (eager()) {
      return size;
    }
    boolean full = size > profile.overlayRows() || unmergedBytes > profile.overlayBytes();
    if (full) {
      int excess = Math.max(0, size - profile.overlayRows());
      boolean heavy = unmergedBytes > profile.overlayBytes();
      return brought + Math.min(brought, heavy ? brought : excess);
    }
    long replay = meta.historyWeight - meta.mergedWeight;
    return replay > profile.overlayBytes() / 2 * REPLAY_HALVES ? brought : 0;
  }

  /**
   * Merges onward in key order, to the end of the pass at most, within the transaction's bound of
   * bytes.
   */
  void merge(StoreTxn txn, int rows) {
    if (eager()) {
      mergeBrought(txn);
      return;
    }
    if (lastsTooLong()) {
      beginPass();
    }
    mark();
    byte[] onwardFrom = Arrays.copyOf(meta.passPosition, meta.passPosition.length + 1);
    TreeCursor<Row> onward = overlay.get().cursor(onwardFrom, null);
    int left = rows;
    long bytes = 0;
    boolean there = onward.next();
    while (there && left > 0 && bytes < profile.transactionBytes()) {
      Row row = inHistory(onward.value());
      if (row != null && !row.settled) {
        bytes += merge(txn, row);
        meta.passPosition = row.key;
        left--;
      }
      there = onward.next();
    }
    ages.settle(meta);
    if (!there || unmergedRows == 0) {
      endPass();
    }
    meta.lastPassMarks.forgetThrough(meta.mergedThrough);
    meta.passMarks.forgetThrough(meta.mergedThrough);
  }

  /** The newest change of a key that history has: the overlay is ahead of it. */
  private @Nullable Row inHistory(Row newest) {
    Row row = newest;
    while (row != null && row.main > meta.historyThrough) {
      row = row.replaced;
    }
    return row;
  }

  /** Where nothing is put off: all that was brought, without what was replaced, in key order. */
  private void mergeBrought(StoreTxn txn) {
    brought.removeIf(row -> row.settled);
    brought.sort((left, right) -> Arrays.compareUnsigned(left.key, right.key));
    int next = 0;
    for (long bytes = 0; next < brought.size() && bytes < profile.transactionBytes(); next++) {
      bytes += merge(txn, brought.get(next));
    }
    brought.subList(0, next).clear();
    ages.settle(meta);
    if (unmergedRows == 0) {
      beginPass();
    }
  }

  private int merge(StoreTxn txn, Row row) {
    write(txn, row);
    settle(row);
    merged.add(row);
    return row.heapBytes();
  }

  /** Writes a version that has no history: of a transfer, in key order. */
  void seed(StoreTxn txn, Row row) {
    txn.put(Space.LATEST, row.key, codec.encode(row, false, 0));
    row.settled = true;
    merged.add(row);
  }

  private void write(StoreTxn txn, Row row) {
    ByteBuffer record = codec.encode(row, false, 0);
    if (row.tombstone()) {
      txn.delete(Space.LATEST, row.key);
      txn.put(Space.DEAD, row.key, record);
      meta.highestDead = Math.max(meta.highestDead, row.main);
    } else {
      txn.put(Space.LATEST, row.key, record);
      if (row.deadBefore) {
        txn.delete(Space.DEAD, row.key);
      }
    }
  }

  /** What was merged since the last call. */
  Row[] takeMerged() {
    Row[] taken = merged.toArray(new Row[0]);
    merged.clear();
    return taken;
  }

  /** What later changes have replaced here since the last call, and nobody will merge. */
  Row[] takeSuperseded() {
    Row[] taken = superseded.toArray(new Row[0]);
    superseded.clear();
    return taken;
  }

  /** Heap that the rows waiting here take. */
  long unmergedBytes() {
    return unmergedBytes;
  }
}
