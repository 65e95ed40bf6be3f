package io.mooring.api.storage.ordered;

import io.mooring.api.storage.tree.PersistentTree;
import io.mooring.api.storage.tree.TreeEditor;
import java.nio.ByteBuffer;

/**
 * What opening a store finds: where it stands, and the changes that latest does not have yet. Its
 * cost is bounded by the overlay's bound, whatever the size of the store.
 *
 * @param heap the heap state to begin with; its overlay is what has still to be merged
 */
record Recovery(StoreMeta meta, HeapState heap) {

  /**
   * Reads a store.
   *
   * @param where names the store in messages about damage
   */
  static Recovery of(OrderedStore store, String where) {
    try (StoreView view = store.view()) {
      StoreMeta meta = StoreMeta.read(view, where);
      TreeEditor<Row> overlay = PersistentTree.<Row>empty().edit();
      replay(view, meta, new RecordCodec(where), overlay);
      HeapState heap =
          new HeapState(meta.state(), overlay.freeze(), Tail.EMPTY, PersistentTree.empty());
      return new Recovery(meta, heap);
    }
  }

  /**
   * Walks history above what is merged for certain. Of that, the running pass has merged the keys
   * up to its position as they stood when it began; later changes of them it may have met or not,
   * and a row that is in both places does no harm.
   */
  private static void replay(
      StoreView view, StoreMeta meta, RecordCodec codec, TreeEditor<Row> overlay) {
    VersionSlot slot = new VersionSlot();
    ByteBuffer position = ByteBuffer.wrap(meta.passPosition);
    try (StoreCursor history = view.cursor(Space.HISTORY)) {
      boolean there = history.seek(RevisionKey.floor(meta.mergedThrough + 1));
      while (there) {
        codec.decode(history.value(), slot);
        boolean merged =
            slot.main <= meta.passFrom && StoreWalk.compareUnsigned(slot.key, position) <= 0;
        if (!merged) {
          byte[] key = VersionSlot.bytesOf(slot.key);
          // Whether the store holds a tombstone of the key is not known: merging will look.
          overlay.put(key, slot.toRow(key, true, true, codec));
        }
        there = history.next();
      }
    }
  }
}
