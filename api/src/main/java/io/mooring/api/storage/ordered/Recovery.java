package io.mooring.api.storage.ordered;

import io.mooring.api.storage.tree.PersistentTree;
import io.mooring.api.storage.tree.TreeBuilder;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * What opening a store finds: where it stands, and the changes that latest does not have yet. Its
 * cost is bounded by the overlay's bound, whatever the size of the store.
 *
 * @param heap the heap state to begin with; its overlay is what has still to be merged
 * @param slabs where its rows stand
 */
record Recovery(StoreMeta meta, HeapState heap, Slabs slabs) {

  /**
   * Reads a store.
   *
   * @param where names the store in messages about damage
   * @param slabBytes size of the slabs that take what is found
   */
  static Recovery of(OrderedStore store, String where, int slabBytes) {
    try (StoreView view = store.view()) {
      StoreMeta meta = StoreMeta.read(view, where);
      Slabs slabs = new Slabs(slabBytes);
      List<Row> rows = replay(view, meta, new RecordCodec(where), slabs);
      HeapState heap =
          new HeapState(
              meta.state(), newest(rows, slabs), Tail.EMPTY, PersistentTree.empty(), slabs.epoch());
      return new Recovery(meta, heap, slabs);
    }
  }

  /**
   * Walks history above what is merged for all keys, and leaves out what is merged for one.
   *
   * @return what has to be merged, in revision order
   */
  private static List<Row> replay(StoreView view, StoreMeta meta, RecordCodec codec, Slabs slabs) {
    List<Row> rows = new ArrayList<>();
    VersionSlot slot = new VersionSlot();
    MergedRows merged = new MergedRows(meta);
    try (StoreCursor history = view.cursor(Space.HISTORY)) {
      boolean there = history.seek(RevisionKey.floor(meta.mergedThrough + 1));
      while (there) {
        ByteBuffer record = history.value();
        codec.decode(record, slot);
        if (!merged.has(slot.key, slot.main)) {
          byte[] key = VersionSlot.bytesOf(slot.key);
          if (slot.payloadCrc != VersionSlot.UNCHECKED) {
            slot.payload(codec); // has a checksum of its own, which readers of the slab skip
          }
          // Whether the store holds a tombstone of the key is not known: merging will look.
          Row row = slabs.add(slot.description(key, true), record);
          rows.add(row.hasPayload() ? row : slot.toRow(key, true, true, codec));
        }
        there = history.next();
      }
    }
    return rows;
  }

  /** The newest change of each key. Sorting all of them and building once is faster than a tree. */
  private static PersistentTree<Row> newest(List<Row> rows, Slabs slabs) {
    Row[] sorted = rows.toArray(new Row[0]);
    Arrays.sort(sorted, (a, b) -> Arrays.compareUnsigned(a.key, b.key));
    TreeBuilder<Row> overlay = new TreeBuilder<>();
    for (int i = 0; i < sorted.length; i++) {
      // Sorting is stable: of one key the newest comes last.
      if (i + 1 < sorted.length && Arrays.equals(sorted[i].key, sorted[i + 1].key)) {
        slabs.gone(sorted[i]);
      } else {
        overlay.add(sorted[i].key, sorted[i]);
      }
    }
    return overlay.build();
  }
}
