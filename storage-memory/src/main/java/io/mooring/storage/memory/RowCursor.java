package io.mooring.storage.memory;

import io.mooring.api.storage.ChangeCursor;
import io.mooring.api.storage.EngineException;
import io.mooring.api.storage.tree.TreeCursor;
import java.nio.ByteBuffer;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** A walk over rows, however they are found. */
abstract class RowCursor implements ChangeCursor {

  private final MemoryReader reader;
  private @Nullable Row row;
  private boolean ended;

  private RowCursor(MemoryReader reader) {
    this.reader = reader;
  }

  /** The next row, or null at the end; not called again after that. */
  abstract @Nullable Row advance();

  @Override
  public final boolean next() {
    reader.checkOpen();
    if (!ended) {
      row = advance();
      ended = row == null;
    }
    return !ended;
  }

  private Row row() {
    reader.checkOpen();
    Row current = row;
    if (current == null) {
      throw new EngineException(
          EngineException.Kind.CLOSED, "cursor is closed, at its end or before its start", null);
    }
    return current;
  }

  @Override
  public final ByteBuffer key() {
    return ByteBuffer.wrap(row().key).asReadOnlyBuffer();
  }

  @Override
  public final long createRevision() {
    return row().createRevision;
  }

  @Override
  public final long modRevision() {
    return row().main;
  }

  @Override
  public final int modSub() {
    return row().sub;
  }

  @Override
  public final long version() {
    return row().version;
  }

  @Override
  public final long leaseId() {
    return row().leaseId;
  }

  @Override
  public final ByteBuffer payload() {
    return ByteBuffer.wrap(row().payload).asReadOnlyBuffer();
  }

  @Override
  public final boolean tombstone() {
    return row().isTombstone();
  }

  @Override
  public final void close() {
    row = null;
    ended = true;
  }

  /** The newest row of each key that exists: one walk, nothing skipped. */
  static final class Newest extends RowCursor {
    private final TreeCursor<Row> live;

    Newest(MemoryReader reader, TreeCursor<Row> live) {
      super(reader);
      this.live = live;
    }

    @Override
    @Nullable Row advance() {
      return live.next() ? live.value() : null;
    }
  }

  /** Keys that exist and keys that did, merged, each followed back to the revision asked. */
  static final class Past extends RowCursor {
    private final TreeCursor<Row> live;
    private final TreeCursor<Row> dead;
    private final long atRevision;
    private boolean hasLive;
    private boolean hasDead;

    Past(MemoryReader reader, TreeCursor<Row> live, TreeCursor<Row> dead, long atRevision) {
      super(reader);
      this.live = live;
      this.dead = dead;
      this.atRevision = atRevision;
      hasLive = live.next();
      hasDead = dead.next();
    }

    @Override
    @Nullable Row advance() {
      while (hasLive || hasDead) {
        Row newest;
        if (!hasDead || (hasLive && Arrays.compareUnsigned(live.key(), dead.key()) < 0)) {
          newest = live.value();
          hasLive = live.next();
        } else {
          newest = dead.value();
          hasDead = dead.next();
        }
        Row found = Row.aliveAt(newest, atRevision);
        if (found != null) {
          return found;
        }
      }
      return null;
    }
  }

  /** Changes by revision. */
  static final class Changes extends RowCursor {
    private final History history;
    private final long toMain;
    private long position;

    Changes(MemoryReader reader, History history, long fromMain, long toMain) {
      super(reader);
      this.history = history;
      this.toMain = toMain;
      this.position = history.firstNotBelow(fromMain);
    }

    @Override
    @Nullable Row advance() {
      if (position >= history.end()) {
        return null;
      }
      Row found = history.get(position++);
      return found.main <= toMain ? found : null;
    }
  }
}
