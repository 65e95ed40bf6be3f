package io.mooring.api.storage.ordered;

import io.mooring.api.storage.EngineState;
import io.mooring.api.storage.tree.TreeEditor;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.jspecify.annotations.Nullable;

/**
 * Drops from the heap state what the store has by now. A large transaction takes several turns, so
 * that none is long. The apply thread's, but for {@link #add}.
 */
final class Trimmer {

  private final Slabs slabs;

  /** What transactions made droppable, from the writer thread to the apply thread. */
  private final ConcurrentLinkedQueue<Stored> stored = new ConcurrentLinkedQueue<>();

  /** The transaction whose merged rows are being dropped, and how many of them are. */
  private @Nullable Stored current;

  private int dropped;

  Trimmer(Slabs slabs) {
    this.slabs = slabs;
  }

  /** Takes what a transaction made droppable. The writer thread, in the order of transactions. */
  void add(Stored done) {
    stored.add(done);
  }

  /** Whether there is anything to drop. */
  boolean hasWork() {
    return current != null || !stored.isEmpty();
  }

  /**
   * Drops a bounded number of rows.
   *
   * @param logicalBytes what the engine holds now, for the state
   * @return the state without them, in an epoch of its own that is to be {@linkplain
   *     Slabs#published announced}; or the same one if nothing has changed
   */
  HeapState trim(HeapState old, long logicalBytes, int maxRows) {
    if (!hasWork() && logicalBytes == old.state().logicalBytes()) {
      return old;
    }
    TreeEditor<Row> overlay = old.overlay().edit();
    TreeEditor<TableRow> tables = old.tables().edit();
    long storedThrough = 0;
    int left = maxRows;
    while (left > 0) {
      Stored next = current;
      if (next == null) {
        next = stored.poll();
        if (next == null) {
          break;
        }
        current = next;
        dropped = 0;
        storedThrough = next.historyThrough();
        dropStored(next.tables(), tables);
        left -= next.tables().length;
        slabs.allGone(next.superseded());
      }
      for (; dropped < next.merged().length && left > 0; dropped++, left--) {
        dropMerged(next.merged()[dropped], overlay);
        slabs.gone(next.merged()[dropped]);
      }
      if (dropped == next.merged().length) {
        current = null;
      }
    }
    Tail tail = storedThrough == 0 ? old.tail() : old.tail().without(storedThrough);
    EngineState state = old.state().withLogicalBytes(logicalBytes);
    return new HeapState(state, overlay.freeze(), tail, tables.freeze(), slabs.nextEpoch());
  }

  /** A row written again since is another object, and stays. */
  @SuppressWarnings("ReferenceEquality")
  private static void dropStored(TableRow[] rows, TreeEditor<TableRow> tables) {
    for (TableRow row : rows) {
      if (tables.get(row.storeKey()) == row) {
        tables.remove(row.storeKey());
      }
    }
  }

  @SuppressWarnings("ReferenceEquality")
  private static void dropMerged(Row row, TreeEditor<Row> overlay) {
    Row there = overlay.remove(row.key);
    if (there != null && there != row) {
      // Changed again since it was merged: rarer than not, so putting it back is cheaper.
      overlay.put(there.key, there);
    }
  }
}
