package io.mooring.api.storage.ordered;

import io.mooring.api.storage.ChangeCursor;
import io.mooring.api.storage.EngineException;
import io.mooring.api.storage.EngineState;
import io.mooring.api.storage.Table;
import io.mooring.api.storage.TableCursor;
import io.mooring.api.storage.Version;
import io.mooring.api.storage.VersionCursor;
import io.mooring.api.storage.VersionReader;
import io.mooring.api.storage.tree.TreeCursor;
import java.nio.ByteBuffer;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Reads of one consistent state, put together from a heap state and a view of the store that was
 * opened after it. What a snapshot and a write batch have in common; they differ in where the heap
 * part comes from.
 *
 * <p>A version is found from the newest change of its key (overlay first, then latest, then dead)
 * by following {@link Links} through the tail, history and base.
 */
abstract class StoreReads implements VersionReader {

  final RecordCodec codec;
  private final OrderedEngine engine;
  private final VersionSlot found = new VersionSlot();

  StoreReads(OrderedEngine engine, RecordCodec codec) {
    this.engine = engine;
    this.codec = codec;
  }

  /** The newest change of a key that the heap knows. */
  abstract @Nullable Row overlayGet(byte[] key);

  abstract TreeCursor<Row> overlayCursor(byte[] from, byte @Nullable [] to);

  abstract Tail tail();

  abstract @Nullable TableRow tableOverlayGet(byte[] storeKey);

  abstract TreeCursor<TableRow> tableOverlayCursor(byte[] from, byte[] to);

  /** Highest main revision that these reads may see: a view may be newer than the heap state. */
  abstract long newestMain();

  /** Lowest main revision that can be asked for; what is below it may be gone. */
  abstract long readableFrom();

  /** The view, opened after the heap state was taken. Throws when closed. */
  abstract StoreView view();

  /** No tombstone that the view holds in {@code DEAD} is above this main revision. */
  abstract long highestDead();

  /** The newest version of a key that the overlay has not, from a cache; null when not there. */
  @Nullable Row cached(byte[] key, boolean withPayload) {
    return engine.cache().newest(key);
  }

  /** The store shows that this is the newest change of its key; worth remembering. */
  void seen(Row row) {
    engine.cache().offer(row, state().revision());
  }

  @Override
  public abstract EngineState state();

  @Override
  public @Nullable Version get(byte[] key, long asked, boolean withPayload) {
    long atRevision = readable(asked);
    try {
      Row newest = overlayGet(key);
      if (newest == null) {
        Row cached = cached(key, withPayload);
        if (cached != null && cached.main <= atRevision && (!withPayload || cached.hasPayload())) {
          return cached.toVersion(withPayload);
        }
      } else if (newest.main <= atRevision) {
        return newest.tombstone() ? null : newest.toVersion(withPayload);
      }
      if (newest != null) {
        found.show(newest);
      } else if (!showStored(key, atRevision, withPayload, found)) {
        return null;
      }
      return resolve(key, atRevision, found)
          ? found.toVersion(key.clone(), withPayload, codec)
          : null;
    } catch (EngineException e) {
      throw engine.noted(e);
    }
  }

  /** Bounds what a caller asks for by what these reads may see, from above; from below it must. */
  private long readable(long asked) {
    if (asked < readableFrom()) {
      throw new IllegalArgumentException("revision " + asked + " has been removed by compaction");
    }
    return Math.min(asked, newestMain());
  }

  /** Shows the newest change of a key in the store; false when nothing of it can be seen. */
  private boolean showStored(byte[] key, long atRevision, boolean withPayload, VersionSlot slot) {
    ByteBuffer stored = view().get(Space.LATEST, key);
    if (stored == null) {
      if (highestDead() <= atRevision) {
        return false;
      }
      stored = view().get(Space.DEAD, key);
      if (stored == null) {
        return false;
      }
    }
    codec.decode(ByteBuffer.wrap(key), stored, slot);
    if (slot.main <= newestMain() && !slot.tombstone()) {
      seen(slot.toRow(key.clone(), withPayload, false, codec));
    }
    return true;
  }

  /**
   * The newest change of a key, described without its payload; null when the store knows none. A
   * batch asks before it writes.
   *
   * @param deadExpected whether the key is known not to be alive, so that only a tombstone matters
   */
  final @Nullable Row newestChange(byte[] key, boolean deadExpected) {
    Row newest = overlayGet(key);
    if (newest != null) {
      return newest;
    }
    if (!deadExpected) {
      Row cached = cached(key, false);
      if (cached != null) {
        return cached;
      }
    } else if (highestDead() < Math.max(1, engine.removedBelow())) {
      return null;
    }
    ByteBuffer stored = view().get(deadExpected ? Space.DEAD : Space.LATEST, key);
    if (stored == null) {
      return null;
    }
    codec.decode(ByteBuffer.wrap(key), stored, found);
    Row newestStored = found.toRow(key, false, deadExpected, codec);
    seen(newestStored);
    return newestStored;
  }

  /**
   * Moves a slot from the newest change of a key to the one that was newest at a revision.
   *
   * @return whether that one is alive; else the slot is of no use
   */
  final boolean resolve(byte[] key, long atRevision, VersionSlot slot) {
    while (slot.main > atRevision) {
      RecordCodec.decodeLinks(slot);
      if (slot.previousMain == 0 || (slot.version == 1 && slot.previousMain <= atRevision)) {
        // The first version of a life: what is before it is a tombstone, or nothing.
        return false;
      }
      long main = slot.previousMain;
      int sub = slot.previousSub;
      for (int i = slot.ancestorLongs - 2; i >= 0; i -= 2) {
        if (slot.ancestors[i] > atRevision) {
          main = slot.ancestors[i];
          sub = Links.subOf(slot.ancestors[i + 1]);
          break;
        }
      }
      load(key, main, sub, slot);
    }
    return !slot.tombstone();
  }

  /** Shows the change of a key at a revision, wherever it stands. */
  private void load(byte[] key, long main, int sub, VersionSlot slot) {
    Row row = tail().find(main, sub);
    if (row != null) {
      slot.show(row);
      return;
    }
    byte[] revision = RevisionKey.of(main, sub);
    ByteBuffer stored = view().get(Space.HISTORY, revision);
    if (stored != null) {
      codec.decode(stored, slot);
    } else {
      loadCompacted(key, main, sub, revision, slot);
    }
    if (slot.main != main || slot.sub != sub) {
      throw codec.damaged("at revision " + main + "." + sub + " names another revision", null);
    }
  }

  /**
   * What compaction has taken out of history is in base if its successor is in history; if that is
   * still on its way to the store, it is what latest shows.
   */
  private void loadCompacted(byte[] key, long main, int sub, byte[] revision, VersionSlot slot) {
    ByteBuffer stored = view().get(Space.BASE, revision);
    if (stored != null) {
      codec.decode(BaseRow.record(stored), slot);
      return;
    }
    stored = view().get(Space.LATEST, key);
    if (stored == null) {
      throw codec.damaged("at revision " + main + "." + sub + " is missing", null);
    }
    codec.decode(ByteBuffer.wrap(key), stored, slot);
  }

  @Override
  public VersionCursor range(byte[] from, byte @Nullable [] to, long atRevision) {
    return new RangeCursor(engine, this, from, to, readable(atRevision));
  }

  @Override
  public ChangeCursor changes(long fromMain, long toMain) {
    return new HistoryCursor(engine, this, fromMain, Math.min(toMain, newestMain()));
  }

  @Override
  public byte @Nullable [] tableGet(Table table, byte[] key) {
    byte[] storeKey = TableRow.storeKey(table, key);
    TableRow pending = tableOverlayGet(storeKey);
    if (pending != null) {
      return pending.value();
    }
    try {
      ByteBuffer stored = view().get(Space.TABLE, storeKey);
      return stored == null ? null : tableValue(storeKey, stored);
    } catch (EngineException e) {
      throw engine.noted(e);
    }
  }

  /** Takes the value out of {@code | crc 4 | value |} and verifies it. */
  final byte[] tableValue(byte[] storeKey, ByteBuffer stored) {
    if (stored.remaining() < Integer.BYTES) {
      throw codec.damaged("in a table is cut short", null);
    }
    int expected = stored.getInt();
    byte[] value = VersionSlot.bytesOf(stored);
    if (codec.checksum(storeKey, value) != expected) {
      throw codec.damaged("in a table does not match its checksum", null);
    }
    return value;
  }

  @Override
  public TableCursor tableScan(Table table, byte[] from, byte @Nullable [] to) {
    byte[] storeFrom = TableRow.storeKey(table, from);
    byte[] storeTo =
        to == null ? new byte[] {(byte) (table.id() + 1)} : TableRow.storeKey(table, to);
    if (Arrays.compareUnsigned(storeFrom, storeTo) >= 0) {
      storeTo = storeFrom;
    }
    return new TableWalk(engine, this, storeFrom, storeTo);
  }
}
