package io.mooring.api.storage.ordered;

import io.mooring.api.storage.EngineException;
import io.mooring.api.storage.VersionCursor;
import io.mooring.api.storage.tree.TreeCursor;
import java.nio.ByteBuffer;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The versions of a key range alive at a revision: a merge of the overlay, latest and, where
 * tombstones above the revision may hide older versions, dead. Overlay wins over the store: it is
 * at least as new for what these reads may see.
 */
final class RangeCursor implements VersionCursor {

  private final OrderedEngine engine;
  private final StoreReads reads;
  private final long atRevision;

  private final TreeCursor<Row> overlay;
  private @Nullable Row overlayRow;
  private final StoreWalk latest;
  private final @Nullable StoreWalk dead;

  private final VersionSlot slot = new VersionSlot();
  private @Nullable ByteBuffer storedKey;
  private byte @Nullable [] heapKey;
  private boolean closed;

  RangeCursor(
      OrderedEngine engine, StoreReads reads, byte[] from, byte @Nullable [] to, long atRevision) {
    this.engine = engine;
    this.reads = reads;
    this.atRevision = atRevision;
    byte[] end = to != null && Arrays.compareUnsigned(from, to) >= 0 ? from : to;
    overlay = reads.overlayCursor(from, end);
    overlayRow = overlay.next() ? overlay.value() : null;
    StoreView view = reads.view();
    try {
      latest = new StoreWalk(view.cursor(Space.LATEST), from, end);
      dead =
          reads.highestDead() > atRevision
              ? new StoreWalk(view.cursor(Space.DEAD), from, end)
              : null;
    } catch (EngineException e) {
      throw engine.noted(e);
    }
  }

  @Override
  public boolean next() {
    if (closed) {
      return false;
    }
    try {
      reads.view();
      while (step()) {
        if (slot.main <= atRevision) {
          if (!slot.tombstone()) {
            return true;
          }
        } else if (reads.resolve(currentKey(), atRevision, slot)) {
          // Other reads of the same snapshot may follow before this payload is asked for.
          slot.detach(reads.codec);
          return true;
        }
      }
      return false;
    } catch (EngineException e) {
      throw engine.noted(e);
    }
  }

  /** Shows the newest change of the next key in the slot. */
  private boolean step() {
    StoreWalk stored = lowestStored();
    Row row = overlayRow;
    if (row == null) {
      return stored != null && showStored(stored);
    }
    int order = stored == null ? -1 : -stored.compareTo(row.key);
    if (order > 0) {
      return stored != null && showStored(stored);
    }
    slot.show(row);
    heapKey = row.key;
    storedKey = null;
    overlayRow = overlay.next() ? overlay.value() : null;
    // A view newer than the heap may know the key as alive and, moved between spaces since, dead.
    latest.skip(row.key);
    if (dead != null) {
      dead.skip(row.key);
    }
    return true;
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

  private byte[] currentKey() {
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
  public ByteBuffer key() {
    ByteBuffer stored = storedKey;
    if (stored != null) {
      return stored.asReadOnlyBuffer();
    }
    return ByteBuffer.wrap(currentKey()).asReadOnlyBuffer();
  }

  @Override
  public long createRevision() {
    return slot.createRevision;
  }

  @Override
  public long modRevision() {
    return slot.main;
  }

  @Override
  public int modSub() {
    return slot.sub;
  }

  @Override
  public long version() {
    return slot.version;
  }

  @Override
  public long leaseId() {
    return slot.leaseId;
  }

  @Override
  public ByteBuffer payload() {
    if (closed) {
      throw engine.closedException();
    }
    try {
      reads.view();
      return slot.payload(reads.codec);
    } catch (EngineException e) {
      throw engine.noted(e);
    }
  }

  @Override
  public void close() {
    if (!closed) {
      closed = true;
      latest.close();
      StoreWalk tombstones = dead;
      if (tombstones != null) {
        tombstones.close();
      }
    }
  }
}
