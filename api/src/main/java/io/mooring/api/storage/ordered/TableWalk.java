package io.mooring.api.storage.ordered;

import io.mooring.api.storage.EngineException;
import io.mooring.api.storage.TableCursor;
import io.mooring.api.storage.tree.TreeCursor;
import java.nio.ByteBuffer;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** Rows of a small table: those on the heap win over those in the store. */
final class TableWalk implements TableCursor {

  private final OrderedEngine engine;
  private final StoreReads reads;
  private final TreeCursor<TableRow> pending;
  private @Nullable TableRow pendingRow;
  private final StoreWalk stored;
  private byte[] key = Row.NO_BYTES;
  private byte[] value = Row.NO_BYTES;
  private boolean closed;

  TableWalk(OrderedEngine engine, StoreReads reads, byte[] storeFrom, byte[] storeTo) {
    this.engine = engine;
    this.reads = reads;
    pending = reads.tableOverlayCursor(storeFrom, storeTo);
    pendingRow = pending.next() ? pending.value() : null;
    try {
      stored = new StoreWalk(reads.view().cursor(Space.TABLE), storeFrom, storeTo);
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
      while (true) {
        TableRow row = pendingRow;
        if (row == null
            || (!stored.atEnd() && stored.compareTo(ByteBuffer.wrap(row.storeKey())) < 0)) {
          return nextStored();
        }
        stored.skip(ByteBuffer.wrap(row.storeKey()));
        pendingRow = pending.next() ? pending.value() : null;
        byte[] pendingValue = row.value();
        if (pendingValue != null) {
          show(row.storeKey(), pendingValue);
          return true;
        }
      }
    } catch (EngineException e) {
      throw engine.noted(e);
    }
  }

  private boolean nextStored() {
    if (stored.atEnd()) {
      return false;
    }
    byte[] storeKey = VersionSlot.bytesOf(stored.takeKey());
    show(storeKey, reads.tableValue(storeKey, stored.value()));
    return true;
  }

  private void show(byte[] storeKey, byte[] shownValue) {
    key = Arrays.copyOfRange(storeKey, 1, storeKey.length);
    value = shownValue;
  }

  @Override
  public byte[] key() {
    return key;
  }

  @Override
  public byte[] value() {
    return value;
  }

  @Override
  public void close() {
    if (!closed) {
      closed = true;
      stored.close();
    }
  }
}
