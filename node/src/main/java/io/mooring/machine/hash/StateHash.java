package io.mooring.machine.hash;

import io.mooring.api.storage.Revision;
import io.mooring.api.storage.Table;
import io.mooring.api.storage.TableCursor;
import io.mooring.api.storage.Version;
import io.mooring.api.storage.VersionCursor;
import io.mooring.api.storage.VersionReader;
import io.mooring.api.storage.WriteBatch;
import io.mooring.base.Check;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import org.jspecify.annotations.Nullable;

/**
 * The hash of everything that is replicated, at one applied index. Members with equal histories
 * have equal hashes, whatever engine they use, however entries met batches, restarts, transfers or
 * the engine's own upkeep. It is made of three parts, none of which ever needs a walk over what is
 * stored:
 *
 * <ul>
 *   <li><b>writes</b>, a chain over every change in order: versions with their values, tombstones,
 *       rows, compactions. It is never undone, so compaction costs it one step, whatever it frees;
 *       and because it is one to one at every step, members that once wrote something different
 *       differ from then on.
 *   <li><b>live</b>, the sum of the digests of all keys alive with their revisions, version and
 *       lease. A put takes off what it replaces, whose metadata it has read anyway. The old value
 *       is left alone: reading it back to take it off would make deletes pay for what they delete.
 *   <li><b>rows</b>, the sum of the digests of all rows of the small tables: leases, members,
 *       alarms and whatever is added later.
 * </ul>
 *
 * <p>The chain says that members did the same, the sums say what is there: {@link #content} takes
 * them from an engine by a walk, for tests and for whoever doubts an engine. {@code LEASE_KEY} rows
 * are left out: they follow from the leases of live keys.
 *
 * <p>The state goes into each engine commit, in the row {@code state-hash} of {@link Table#META}:
 *
 * <pre>
 * | construction 1 | writes 8 | live 8 | rows 8 | mark index 8, mark hash 8 |*  oldest mark first
 * </pre>
 *
 * <p>A <em>mark</em> is the hash at an applied index that is a multiple of {@link #MARK_ENTRIES}. A
 * leader sends its newest one through the log, and each member compares it with its own, which it
 * still remembers. Apply thread.
 */
public final class StateHash {

  /** Raised when the same history leads to another hash than before. */
  public static final int CONSTRUCTION = 2;

  /** Entries between marks. */
  public static final int MARK_ENTRIES = 1_024;

  /** Marks remembered: how far behind its mark a comparison may come. */
  static final int MARKS = 16;

  private static final byte[] ROW = "state-hash".getBytes(StandardCharsets.US_ASCII);
  private static final int HEAD_BYTES = 1 + 3 * Long.BYTES;

  // What a chained change was; numbers of the construction.
  private static final long PUT = 1;
  private static final long DELETE = 2;
  private static final long ROW_PUT = 3;
  private static final long ROW_DELETE = 4;
  private static final long COMPACT = 5;

  /** The sums alone, as {@link #content} finds them. */
  public record Sums(long live, long rows) {}

  private final Digest digest = new Digest();
  private final Deque<Mark> marks = new ArrayDeque<>();
  private long writes;
  private long live;
  private long rows;

  private StateHash() {}

  /** Takes up where an engine's newest commit stands. */
  public static StateHash restore(VersionReader reader) {
    StateHash hash = new StateHash();
    byte[] row = reader.tableGet(Table.META, ROW);
    if (row == null) {
      Check.that(reader.state().appliedIndex() == 0, "M15 a used engine without a state hash");
      return hash;
    }
    Check.that(row.length >= HEAD_BYTES, "M15 state hash row size", row.length);
    ByteBuffer fields = ByteBuffer.wrap(row);
    Check.that(fields.get() == CONSTRUCTION, "M15 state hash of another construction", row[0]);
    hash.writes = fields.getLong();
    hash.live = fields.getLong();
    hash.rows = fields.getLong();
    while (fields.hasRemaining()) {
      hash.marks.addLast(new Mark(fields.getLong(), fields.getLong()));
    }
    return hash;
  }

  /** The sums of what a reader's newest state holds, by a walk over all of it. */
  public static Sums content(VersionReader reader) {
    Digest digest = new Digest();
    long live = 0;
    try (VersionCursor at = reader.range(new byte[] {0}, null, Long.MAX_VALUE)) {
      while (at.next()) {
        byte[] key = new byte[at.key().remaining()];
        at.key().get(key);
        live +=
            element(
                digest.of(key),
                at.modRevision(),
                at.modSub(),
                at.createRevision(),
                at.version(),
                at.leaseId());
      }
    }
    long rows = 0;
    for (Table table : Table.values()) {
      try (TableCursor at = reader.tableScan(table, new byte[0], null)) {
        while (at.next()) {
          rows += counts(table, at.key()) ? row(digest, table, at.key(), at.value()) : 0;
        }
      }
    }
    return new Sums(live, rows);
  }

  /** The sums as they stand. */
  public Sums sums() {
    return new Sums(live, rows);
  }

  /**
   * Takes in a put.
   *
   * @param previous the version it replaces, null for a creation
   * @param payload what was stored, whole
   */
  public void put(
      @Nullable Version previous,
      Revision at,
      byte[] key,
      long createRevision,
      long version,
      long leaseId,
      byte[] payload) {
    long ofKey = digest.of(key);
    if (previous != null) {
      live -= element(ofKey, previous);
    }
    live += element(ofKey, at.main(), at.sub(), createRevision, version, leaseId);
    write(PUT);
    write(at.main());
    write(at.sub());
    write(digest.of(payload)); // which has key, revisions, version, lease and value in it
  }

  /** Takes in a delete of a live version. */
  public void delete(Version victim, Revision at) {
    long ofKey = digest.of(victim.key());
    live -= element(ofKey, victim);
    write(DELETE);
    write(at.main());
    write(at.sub());
    write(ofKey);
  }

  /** Takes in a compaction. */
  public void compact(long revision) {
    write(COMPACT);
    write(revision);
  }

  /** Writes a row of a small table, and takes it in: the way for all of them. */
  public void tablePut(WriteBatch batch, Table table, byte[] key, byte[] value) {
    forget(batch, table, key);
    rows += row(digest, table, key, value);
    write(ROW_PUT);
    write(table.id());
    write(digest.of(key));
    write(digest.of(value));
    batch.tablePut(table, key, value);
  }

  /** Removes a row of a small table, which may not be there. */
  public void tableDelete(WriteBatch batch, Table table, byte[] key) {
    if (forget(batch, table, key)) {
      write(ROW_DELETE);
      write(table.id());
      write(digest.of(key));
      batch.tableDelete(table, key);
    }
  }

  private boolean forget(WriteBatch batch, Table table, byte[] key) {
    Check.that(counts(table, key), "M15 not a table that is hashed row by row", table.id());
    byte[] old = batch.tableGet(table, key);
    if (old != null) {
      rows -= row(digest, table, key, old);
    }
    return old != null;
  }

  /** The hash of the state as it stands. */
  public long value(long revision, long compactRevision) {
    long value = Digest.chain(writes, live);
    value = Digest.chain(value, rows);
    value = Digest.chain(value, revision);
    return Digest.chain(value, compactRevision);
  }

  /** To be called when an entry has been applied; makes the mark that is due. */
  public void applied(long index, long revision, long compactRevision) {
    if (index % MARK_ENTRIES == 0) {
      marks.addLast(new Mark(index, value(revision, compactRevision)));
      if (marks.size() > MARKS) {
        marks.removeFirst();
      }
    }
  }

  /** The newest mark; {@link Mark#NONE} before the first. */
  public Mark newest() {
    Mark last = marks.peekLast();
    return last == null ? Mark.NONE : last;
  }

  /** The mark at an index, or null when it is not remembered, or never was one. */
  public @Nullable Mark at(long index) {
    for (Mark mark : marks) {
      if (mark.index() == index) {
        return mark;
      }
    }
    return null;
  }

  /** Puts the state into a batch, as the last thing before its commit. */
  public void store(WriteBatch batch) {
    ByteBuffer fields = ByteBuffer.allocate(HEAD_BYTES + marks.size() * 2 * Long.BYTES);
    fields.put((byte) CONSTRUCTION).putLong(writes).putLong(live).putLong(rows);
    for (Mark mark : marks) {
      fields.putLong(mark.index()).putLong(mark.hash());
    }
    batch.tablePut(Table.META, ROW, fields.array());
  }

  private void write(long number) {
    writes = Digest.chain(writes, number);
  }

  /** One row is the hash itself; LEASE_KEY follows from live keys. */
  private static boolean counts(Table table, byte[] key) {
    return table != Table.LEASE_KEY && !(table == Table.META && Arrays.equals(key, ROW));
  }

  private static long element(long ofKey, Version version) {
    return element(
        ofKey,
        version.modRevision(),
        version.modSub(),
        version.createRevision(),
        version.version(),
        version.leaseId());
  }

  private static long element(
      long ofKey, long modRevision, int modSub, long createRevision, long version, long leaseId) {
    long element = Digest.chain(ofKey, modRevision);
    element = Digest.chain(element, modSub);
    element = Digest.chain(element, createRevision);
    element = Digest.chain(element, version);
    return Digest.chain(element, leaseId);
  }

  private static long row(Digest digest, Table table, byte[] key, byte[] value) {
    long element = Digest.chain(table.id(), digest.of(key));
    return Digest.chain(element, digest.of(value));
  }

  @Override
  public String toString() {
    return "writes %x live %x rows %x marks %s"
        .formatted(writes, live, rows, Arrays.toString(marks.toArray()));
  }
}
