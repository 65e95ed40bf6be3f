package io.mooring.api.storage.ordered;

import io.mooring.api.storage.ChangeCursor;
import io.mooring.api.storage.EngineException;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/** Changes by revision: history in the store first, then the tail of what is not there yet. */
final class HistoryCursor implements ChangeCursor {

  private final OrderedEngine engine;
  private final StoreReads reads;
  private final Tail tail;
  private final long toMain;
  private final VersionSlot slot = new VersionSlot();
  private @Nullable StoreWalk stored;
  private int tailPosition;
  private boolean closed;

  HistoryCursor(OrderedEngine engine, StoreReads reads, long fromMain, long toMain) {
    this.engine = engine;
    this.reads = reads;
    this.toMain = toMain;
    tail = reads.tail();
    tailPosition = tail.lowerBound(fromMain, 0);
    long storedEnd = Math.min(toMain == Long.MAX_VALUE ? toMain : toMain + 1, tail.firstMain());
    if (fromMain < storedEnd) {
      byte[] from = RevisionKey.floor(Math.max(0, fromMain));
      try {
        StoreCursor cursor = reads.view().cursor(Space.HISTORY);
        stored = new StoreWalk(cursor, from, RevisionKey.floor(storedEnd));
      } catch (EngineException e) {
        throw engine.noted(e);
      }
    }
  }

  @Override
  public boolean next() {
    if (closed) {
      return false;
    }
    StoreWalk walk = stored;
    if (walk != null) {
      try {
        reads.view();
        if (!walk.atEnd()) {
          showStored(walk);
          return true;
        }
      } catch (EngineException e) {
        throw engine.noted(e);
      }
      walk.close();
      stored = null;
    }
    if (tailPosition < tail.size() && tail.at(tailPosition).main <= toMain) {
      slot.show(tail.at(tailPosition++));
      return true;
    }
    tailPosition = tail.size();
    return false;
  }

  private void showStored(StoreWalk walk) {
    ByteBuffer revision = walk.takeKey();
    long main = RevisionKey.main(revision);
    int sub = RevisionKey.sub(revision);
    reads.codec.decode(walk.value(), slot);
    if (slot.main != main || slot.sub != sub) {
      throw reads.codec.damaged("at revision " + main + "." + sub + " names another", null);
    }
  }

  @Override
  public boolean tombstone() {
    return slot.tombstone();
  }

  @Override
  public ByteBuffer key() {
    Row row = slot.row;
    return row == null ? slot.key.asReadOnlyBuffer() : ByteBuffer.wrap(row.key).asReadOnlyBuffer();
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
    closed = true;
    StoreWalk walk = stored;
    if (walk != null) {
      walk.close();
      stored = null;
    }
  }
}
