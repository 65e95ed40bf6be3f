package io.mooring.storage.memory;

import io.mooring.api.storage.EngineState;
import io.mooring.api.storage.Table;
import io.mooring.api.storage.tree.PersistentTree;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The whole store after one commit. Immutable but for the links between rows, which only the
 * reclaimer cuts, and only where no holder of this root's epoch can look.
 *
 * @param live newest row of each key that exists
 * @param dead tombstone of each key that does not, as long as history needs it; so that listing
 *     live keys never meets a dead one
 * @param loggedBytes bytes that commits have brought since the engine was opened
 * @param tables the small tables, by {@link Table#id()}
 */
record Root(
    EngineState state,
    PersistentTree<Row> live,
    PersistentTree<Row> dead,
    History history,
    long loggedBytes,
    List<PersistentTree<byte[]>> tables,
    Epoch epoch) {

  /**
   * All roots with the same compact revision. Whoever reads behind the newest row of a key counts
   * itself in for that time; nothing at or above an epoch's compact revision is reclaimed while
   * somebody is in.
   */
  static final class Epoch {
    final long compactRevision;
    private final AtomicInteger readers = new AtomicInteger();

    Epoch(long compactRevision) {
      this.compactRevision = compactRevision;
    }

    void enter() {
      readers.incrementAndGet();
    }

    void leave() {
      readers.decrementAndGet();
    }

    boolean inUse() {
      return readers.get() != 0;
    }
  }

  /** Ids are dense from 1; slot 0 stays empty. */
  private static final int TABLE_SLOTS = Table.values().length + 1;

  static Root empty() {
    return new Root(
        EngineState.EMPTY,
        PersistentTree.empty(),
        PersistentTree.empty(),
        new History.Appender().window(),
        0,
        Collections.nCopies(TABLE_SLOTS, PersistentTree.empty()),
        new Epoch(-1));
  }
}
