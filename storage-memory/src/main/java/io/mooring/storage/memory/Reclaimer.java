package io.mooring.storage.memory;

import io.mooring.api.storage.EngineState;
import io.mooring.api.storage.PinRegistry;
import io.mooring.api.storage.tree.TreeEditor;
import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/**
 * Physical removal of what a compaction has freed, in slices, on the apply thread.
 *
 * <p>A pass up to revision F walks the history not above F. Each change there makes the one before
 * it, of the same key, unreadable at F and above: its link is cut. A tombstone below F is forgotten
 * altogether; one at F stays, because F is still watched. What a walked row itself holds stays
 * reachable from the tree while it is its key's newest at F. So the cost follows the changes
 * compacted, never the keys stored.
 *
 * <p>F never passes the compact revision of an engine snapshot still open, nor a pin.
 */
final class Reclaimer {

  /** A few milliseconds with every row a cache miss. */
  private static final int SLICE_ROWS = 8_192;

  private final PinRegistry pins;

  /** Epochs before the current one that readers may still be in, oldest first. */
  private final ArrayDeque<Root.Epoch> oldEpochs = new ArrayDeque<>();

  private volatile long reclaimedRevision = -1;

  /** Where the running pass ends, and where it goes on; -1 between passes. */
  private long passRevision = -1;

  private long position;

  Reclaimer(PinRegistry pins) {
    this.pins = pins;
  }

  /** The store has been loaded without anything below its compact revision. */
  void allReclaimedBelow(long compactRevision) {
    oldEpochs.clear();
    reclaimedRevision = compactRevision;
  }

  long reclaimedRevision() {
    return reclaimedRevision;
  }

  /** A root of another epoch has been published. */
  void epochEnded(Root.Epoch epoch) {
    oldEpochs.add(epoch);
  }

  /**
   * Works one slice.
   *
   * @return the root to publish instead, or null when there was nothing to do
   */
  @Nullable Root slice(Root root, History.Appender history) {
    if (passRevision < 0) {
      long floor = floor(root);
      if (floor <= reclaimedRevision) {
        return null;
      }
      passRevision = floor;
      position = root.history().start();
    }
    History window = root.history();
    TreeEditor<Row> dead = root.dead().edit();
    long freedBytes = 0;
    long sliceEnd = Math.min(window.end(), position + SLICE_ROWS);
    boolean done = sliceEnd == window.end();
    while (position < sliceEnd) {
      Row row = window.get(position);
      if (row.main > passRevision) {
        done = true;
        break;
      }
      freedBytes += reclaim(row, dead);
      position++;
    }
    if (done) {
      history.dropBefore(window.firstNotBelow(passRevision));
      reclaimedRevision = passRevision;
      passRevision = -1;
    }
    return new Root(
        less(root.state(), freedBytes),
        root.live(),
        dead.freeze(),
        history.window(),
        root.loggedBytes(),
        root.tables(),
        root.epoch());
  }

  /** Whether a slice would find something to do. */
  boolean waiting(Root root) {
    return passRevision >= 0 || floor(root) > reclaimedRevision;
  }

  private long reclaim(Row row, TreeEditor<Row> dead) {
    long freed = 0;
    Row before = row.cut();
    // A tombstone is counted when the walk meets the tombstone itself.
    if (before != null && !before.isTombstone()) {
      freed += before.logicalBytes();
    }
    if (row.isTombstone() && row.main < passRevision) {
      freed += row.logicalBytes();
      if (dead.get(row.key) == row) {
        dead.remove(row.key);
      }
    }
    return freed;
  }

  /** The revision that everything readable is at or above. */
  private long floor(Root root) {
    while (!oldEpochs.isEmpty() && !oldEpochs.peek().inUse()) {
      oldEpochs.remove();
    }
    Root.Epoch oldest = oldEpochs.peek();
    long readable = oldest == null ? root.state().compactRevision() : oldest.compactRevision;
    return Math.min(readable, pins.lowest());
  }

  private static EngineState less(EngineState state, long freedBytes) {
    return new EngineState(
        state.appliedIndex(),
        state.appliedTerm(),
        state.revision(),
        state.compactRevision(),
        state.keyCount(),
        state.logicalBytes() - freedBytes);
  }
}
