package io.mooring.api.storage.ordered;

import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/** Changes by revision: history in the store first, then the tail of what is not there yet. */
final class HistoryCursor extends SlotCursor {

  private final Tail tail;
  private final long toMain;
  private @Nullable StoreWalk stored;
  private int tailPosition;

  HistoryCursor(OrderedEngine engine, StoreReads reads, long fromMain, long toMain) {
    super(engine, reads);
    this.toMain = toMain;
    tail = reads.tail();
    tailPosition = tail.lowerBound(fromMain, 0);
    long storedEnd = Math.min(toMain == Long.MAX_VALUE ? toMain : toMain + 1, tail.firstMain());
    if (fromMain < storedEnd) {
      byte[] from = RevisionKey.floor(Math.max(0, fromMain));
      stored = walk(Space.HISTORY, from, RevisionKey.floor(storedEnd));
    }
  }

  @Override
  boolean advance() {
    StoreWalk walk = stored;
    if (walk != null) {
      if (!walk.atEnd()) {
        showStored(walk);
        return true;
      }
      release();
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
  ByteBuffer currentKey() {
    Row row = slot.row;
    return row == null ? slot.key : ByteBuffer.wrap(row.key);
  }

  @Override
  void release() {
    StoreWalk walk = stored;
    if (walk != null) {
      walk.close();
      stored = null;
    }
  }
}
