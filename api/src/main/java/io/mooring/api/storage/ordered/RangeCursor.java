package io.mooring.api.storage.ordered;

import io.mooring.api.storage.tree.TreeCursor;
import java.nio.ByteBuffer;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The versions of a key range alive at a revision: a merge of the overlay, latest and, where
 * tombstones above the revision may hide older versions, dead. Overlay wins over the store: it is
 * at least as new for what these reads may see.
 */
final class RangeCursor extends SlotCursor {

  private final long atRevision;

  private final TreeCursor<Row> overlay;
  private @Nullable Row overlayRow;

  /** The key of that row, to be compared with many stored ones. */
  private ByteBuffer overlayKey = ByteBuffer.wrap(Row.NO_BYTES);

  private final StoreWalk latest;
  private final @Nullable StoreWalk dead;

  private @Nullable ByteBuffer storedKey;
  private byte @Nullable [] heapKey;

  RangeCursor(
      OrderedEngine engine, StoreReads reads, byte[] from, byte @Nullable [] to, long atRevision) {
    super(engine, reads);
    this.atRevision = atRevision;
    byte[] end = to != null && Arrays.compareUnsigned(from, to) >= 0 ? from : to;
    overlay = reads.overlayCursor(from, end);
    nextInOverlay();
    latest = walk(Space.LATEST, from, end);
    dead = reads.highestDead() > atRevision ? walk(Space.DEAD, from, end) : null;
  }

  @Override
  boolean advance() {
    while (step()) {
      if (slot.main <= atRevision) {
        if (!slot.tombstone()) {
          return true;
        }
      } else if (reads.resolve(keyBytes(), atRevision, slot)) {
        // Other reads of the same snapshot may follow before this payload is asked for.
        slot.detach(reads.codec);
        return true;
      }
    }
    return false;
  }

  /** Shows the newest change of the next key in the slot. */
  private boolean step() {
    StoreWalk stored = lowestStored();
    Row row = overlayRow;
    if (row == null) {
      return stored != null && showStored(stored);
    }
    int order = stored == null ? -1 : -stored.compareTo(overlayKey);
    if (order > 0) {
      return stored != null && showStored(stored);
    }
    slot.show(row);
    heapKey = row.key;
    storedKey = null;
    ByteBuffer taken = overlayKey;
    nextInOverlay();
    // A view newer than the heap may know the key as alive and, moved between spaces since, dead.
    latest.skip(taken);
    if (dead != null) {
      dead.skip(taken);
    }
    return true;
  }

  private void nextInOverlay() {
    if (overlay.next()) {
      overlayRow = overlay.value();
      overlayKey = ByteBuffer.wrap(overlay.key());
    } else {
      overlayRow = null;
    }
  }

  private @Nullable StoreWalk lowestStored() {
    StoreWalk tombstones = dead;
    if (tombstones == null || tombstones.atEnd()) {
      return latest.atEnd() ? null : latest;
    }
    return latest.atEnd() || tombstones.compareTo(latest) < 0 ? tombstones : latest;
  }

  private boolean showStored(StoreWalk stored) {
    ByteBuffer key = stored.takeKey();
    storedKey = key;
    heapKey = null;
    reads.codec.decode(key, stored.value(), slot);
    return true;
  }

  private byte[] keyBytes() {
    byte[] known = heapKey;
    if (known == null) {
      ByteBuffer stored = storedKey;
      if (stored == null) {
        throw new IllegalStateException("no current row");
      }
      known = VersionSlot.bytesOf(stored);
      heapKey = known;
    }
    return known;
  }

  @Override
  ByteBuffer currentKey() {
    ByteBuffer stored = storedKey;
    return stored != null ? stored : ByteBuffer.wrap(keyBytes());
  }

  @Override
  void release() {
    latest.close();
    StoreWalk tombstones = dead;
    if (tombstones != null) {
      tombstones.close();
    }
  }
}
