package io.mooring.storage.memory;

import io.mooring.api.storage.ChangeCursor;
import io.mooring.api.storage.Table;
import io.mooring.api.storage.TableCursor;
import io.mooring.api.storage.Version;
import io.mooring.api.storage.VersionCursor;
import io.mooring.api.storage.VersionReader;
import io.mooring.api.storage.tree.TreeCursor;
import io.mooring.api.storage.tree.TreeReader;
import org.jspecify.annotations.Nullable;

/** Reads over trees, be they frozen (snapshots) or under edit (the batch). */
abstract class MemoryReader implements VersionReader {

  /** Throws unless this reader may still be used. */
  abstract void checkOpen();

  /** The highest main revision that a row of this reader can have. */
  abstract long newestMain();

  abstract TreeReader<Row> live();

  abstract TreeReader<Row> dead();

  abstract History history();

  abstract TreeReader<byte[]> table(Table table);

  @Override
  public final @Nullable Version get(byte[] key, long atRevision, boolean withPayload) {
    checkOpen();
    Row newest = live().get(key);
    if (newest == null && atRevision < newestMain()) {
      newest = dead().get(key);
    }
    Row found = Row.aliveAt(newest, atRevision);
    return found == null ? null : found.toVersion(withPayload);
  }

  @Override
  public final VersionCursor range(byte[] from, byte @Nullable [] to, long atRevision) {
    checkOpen();
    TreeCursor<Row> liveRows = live().cursor(from, to);
    return atRevision >= newestMain()
        ? new RowCursor.Newest(this, liveRows)
        : new RowCursor.Past(this, liveRows, dead().cursor(from, to), atRevision);
  }

  @Override
  public final long count(byte[] from, byte @Nullable [] to, long atRevision) {
    checkOpen();
    return atRevision >= newestMain()
        ? live().count(from, to)
        : VersionReader.super.count(from, to, atRevision);
  }

  @Override
  public final ChangeCursor changes(long fromMain, long toMain) {
    checkOpen();
    return new RowCursor.Changes(this, history(), fromMain, toMain);
  }

  @Override
  public final byte @Nullable [] tableGet(Table table, byte[] key) {
    checkOpen();
    return table(table).get(key);
  }

  @Override
  public final TableCursor tableScan(Table table, byte[] from, byte @Nullable [] to) {
    checkOpen();
    return new Rows(this, table(table).cursor(from, to));
  }

  private static final class Rows implements TableCursor {
    private final MemoryReader reader;
    private final TreeCursor<byte[]> rows;
    private boolean ended;

    Rows(MemoryReader reader, TreeCursor<byte[]> rows) {
      this.reader = reader;
      this.rows = rows;
    }

    @Override
    public boolean next() {
      reader.checkOpen();
      ended = ended || !rows.next();
      return !ended;
    }

    @Override
    public byte[] key() {
      reader.checkOpen();
      return rows.key();
    }

    @Override
    public byte[] value() {
      reader.checkOpen();
      return rows.value();
    }

    @Override
    public void close() {
      ended = true;
    }
  }
}
