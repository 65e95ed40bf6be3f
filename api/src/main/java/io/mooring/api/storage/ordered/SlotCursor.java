package io.mooring.api.storage.ordered;

import io.mooring.api.storage.ChangeCursor;
import io.mooring.api.storage.EngineException;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * What walks over changes have in common: each change is shown through one slot, faults are told to
 * the engine, and nothing native is touched after close. One thread.
 */
abstract class SlotCursor implements ChangeCursor {

  final StoreReads reads;
  final VersionSlot slot = new VersionSlot();
  private final OrderedEngine engine;
  private boolean closed;

  SlotCursor(OrderedEngine engine, StoreReads reads) {
    this.engine = engine;
    this.reads = reads;
  }

  /** Opens the walk over a key range of a space. */
  final StoreWalk walk(Space space, byte[] from, byte @Nullable [] to) {
    try {
      return new StoreWalk(reads.view().cursor(space, to), from, to);
    } catch (EngineException e) {
      throw engine.noted(e);
    }
  }

  /** Shows the next change in the slot; false at the end, and ever after. */
  abstract boolean advance();

  /** Closes what the walk holds; called once. */
  abstract void release();

  /** The key of the change shown, borrowed; the caller makes it read-only. */
  abstract ByteBuffer currentKey();

  @Override
  public final boolean next() {
    if (closed) {
      return false;
    }
    try {
      reads.view(); // throws once the snapshot is closed
      return advance();
    } catch (EngineException e) {
      throw engine.noted(e);
    }
  }

  @Override
  public final boolean tombstone() {
    return slot.tombstone();
  }

  @Override
  public final ByteBuffer key() {
    return currentKey().asReadOnlyBuffer();
  }

  @Override
  public final long createRevision() {
    return slot.createRevision;
  }

  @Override
  public final long modRevision() {
    return slot.main;
  }

  @Override
  public final int modSub() {
    return slot.sub;
  }

  @Override
  public final long version() {
    return slot.version;
  }

  @Override
  public final long leaseId() {
    return slot.leaseId;
  }

  @Override
  public final ByteBuffer payload() {
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
  public final void close() {
    if (!closed) {
      closed = true;
      release();
    }
  }
}
