package io.mooring.api.storage.transfer;

import io.mooring.api.storage.ChangeCursor;
import io.mooring.api.storage.EngineState;
import io.mooring.api.storage.Snapshot;
import io.mooring.api.storage.Table;
import io.mooring.api.storage.TableCursor;
import io.mooring.api.storage.VersionCursor;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Writes the content of an engine snapshot as a stream of chunks, pulled one by one. Layout: {@link
 * TransferFormat}.
 *
 * <p>One thread at a time, that of the snapshot. The snapshot stays the caller's to close, after
 * this writer. A transfer that takes longer than a snapshot should live goes on over a fresh one
 * with {@link #continueOn}, under a pin of the first one's compact revision.
 */
public final class TransferWriter implements AutoCloseable {

  private static final byte[] FIRST = {};
  private static final Table[] TABLES = Table.values();

  private enum Phase {
    HEADER,
    STATE,
    ROWS,
    SEEDS,
    CHANGES,
    END,
    DONE;

    /** What follows when a walk has ended. */
    Phase next() {
      return switch (this) {
        case HEADER -> STATE;
        case STATE -> ROWS;
        case ROWS -> SEEDS;
        case SEEDS -> CHANGES;
        case CHANGES -> END;
        case END, DONE -> DONE;
      };
    }
  }

  private final EngineState state;
  private final @Nullable MessageDigest digest;
  private Snapshot snapshot;
  private Phase phase = Phase.HEADER;
  private byte[] chunk = new byte[64 << 10];
  private int used;
  private int sequence;
  private long records;
  private byte @Nullable [] contentDigest;

  // Where the walk stands. A record that did not fit waits under its cursor.
  private boolean waiting;
  private int tableIndex;
  private @Nullable TableCursor rows;
  private @Nullable VersionCursor seeds;
  private @Nullable ChangeCursor changes;
  private byte @Nullable [] lastSeed;
  private long lastMain = -1;
  private int lastSub;

  /** A writer over the content of a snapshot, with a digest at its end. */
  public TransferWriter(Snapshot snapshot) {
    this(snapshot, TransferFormat.newDigest());
  }

  private TransferWriter(Snapshot snapshot, @Nullable MessageDigest digest) {
    this.snapshot = snapshot;
    this.state = snapshot.state();
    this.digest = digest;
  }

  /** A writer for a file of this member's own: without a digest, which costs more than the rest. */
  public static TransferWriter ofFile(Snapshot snapshot) {
    return new TransferWriter(snapshot, null);
  }

  /** What the stream carries, as of the first snapshot. */
  public EngineState state() {
    return state;
  }

  /**
   * The next chunk of the stream.
   *
   * @param maxBytes bound of the chunk; one record longer than this still makes a chunk
   * @return bytes for the caller to keep, or null after the last chunk
   */
  public byte @Nullable [] nextChunk(int maxBytes) {
    if (phase == Phase.DONE) {
      return null;
    }
    if (phase == Phase.HEADER) {
      phase = Phase.STATE;
      return TransferFormat.header(digest != null);
    }
    used = TransferFormat.CHUNK_FRONT_BYTES;
    int limit = maxBytes - TransferFormat.CHUNK_OVERHEAD_BYTES;
    while (phase != Phase.DONE && (waiting || advance())) {
      int bytes = recordBytes();
      if (used > TransferFormat.CHUNK_FRONT_BYTES
          && used - TransferFormat.CHUNK_FRONT_BYTES + bytes > limit) {
        waiting = true;
        break;
      }
      write(bytes);
    }
    return finishChunk();
  }

  /** SHA-256 of the content, known after the last chunk of a stream with a digest. */
  public byte[] contentDigest() {
    byte[] known = contentDigest;
    if (known == null) {
      throw new IllegalStateException("the stream has not ended, or has no digest");
    }
    return known.clone();
  }

  /** Whether the walk has left the small tables, from when on it may change snapshots. */
  public boolean canContinue() {
    return phase.compareTo(Phase.ROWS) > 0;
  }

  /**
   * Goes on at the same position over another, newer snapshot. The caller holds a pin at the
   * compact revision of {@link #state()}, and closes the old snapshot after this call.
   */
  public void continueOn(Snapshot fresh) {
    if (!canContinue() || fresh.state().revision() < state.revision()) {
      throw new IllegalStateException("a transfer cannot go on here, or over an older snapshot");
    }
    closeCursors();
    waiting = false;
    snapshot = fresh;
  }

  @Override
  public void close() {
    phase = Phase.DONE;
    closeCursors();
  }

  /** Moves to the next record, over the ends of phases. */
  private boolean advance() {
    while (true) {
      boolean found =
          switch (phase) {
            case STATE, END -> true;
            case ROWS -> nextRow();
            case SEEDS -> nextSeed();
            case CHANGES -> nextChange();
            case HEADER, DONE -> false;
          };
      if (found || phase == Phase.DONE) {
        return found;
      }
      closeCursors();
      phase = phase.next();
    }
  }

  private boolean nextRow() {
    while (tableIndex < TABLES.length) {
      if (rows == null) {
        rows = snapshot.tableScan(TABLES[tableIndex], FIRST, null);
      }
      if (rows.next()) {
        return true;
      }
      rows.close();
      rows = null;
      tableIndex++;
    }
    return false;
  }

  private boolean nextSeed() {
    long compact = state.compactRevision();
    if (compact < 1) {
      return false;
    }
    if (seeds == null) {
      byte[] last = lastSeed;
      byte[] from = last == null ? FIRST : Arrays.copyOf(last, last.length + 1);
      seeds = snapshot.range(from, null, compact);
    }
    while (seeds.next()) {
      if (seeds.modRevision() < compact) {
        return true;
      }
    }
    return false;
  }

  private boolean nextChange() {
    if (changes == null) {
      long from = Math.max(Math.max(1, state.compactRevision()), lastMain);
      changes = snapshot.changes(from, state.revision());
    }
    while (changes.next()) {
      if (changes.modRevision() > lastMain || changes.modSub() > lastSub) {
        return true;
      }
    }
    return false;
  }

  private int recordBytes() {
    return switch (phase) {
      case STATE -> TransferFormat.STATE_BYTES;
      case ROWS -> TransferFormat.ROW_BYTES + rows().key().length + rows().value().length;
      case SEEDS -> versionBytes(seeds());
      case CHANGES ->
          changes().tombstone()
              ? TransferFormat.TOMBSTONE_BYTES + changes().key().remaining()
              : versionBytes(changes());
      case END -> TransferFormat.END_BYTES + (digest == null ? 0 : TransferFormat.DIGEST_BYTES);
      case HEADER, DONE -> throw new IllegalStateException("no record in phase " + phase);
    };
  }

  private static int versionBytes(VersionCursor at) {
    return TransferFormat.VERSION_BYTES + at.key().remaining() + at.payload().remaining();
  }

  private void write(int bytes) {
    if (used + bytes + 4 > chunk.length) {
      chunk = Arrays.copyOf(chunk, Math.max(chunk.length * 2, used + bytes + 4));
    }
    ByteBuffer into = ByteBuffer.wrap(chunk, used, bytes);
    waiting = false;
    switch (phase) {
      case STATE -> {
        writeState(into);
        phase = Phase.ROWS;
      }
      case ROWS -> {
        byte[] key = rows().key();
        byte[] value = rows().value();
        into.put(TransferFormat.ROW).put((byte) TABLES[tableIndex].id());
        into.putInt(key.length).putInt(value.length).put(key).put(value);
      }
      case SEEDS -> {
        writeVersion(into, TransferFormat.SEED, seeds());
        lastSeed = bytesOf(seeds().key());
      }
      case CHANGES -> {
        writeChange(into, changes());
        lastMain = changes().modRevision();
        lastSub = changes().modSub();
      }
      case END -> {
        into.put(TransferFormat.END).putLong(records);
        if (digest != null) {
          contentDigest = digest.digest();
          into.put(contentDigest);
        }
        phase = Phase.DONE;
      }
      case HEADER, DONE -> throw new IllegalStateException("no record in phase " + phase);
    }
    if (phase != Phase.DONE) {
      if (digest != null) {
        digest.update(chunk, used, bytes);
      }
      records++;
    }
    used += bytes;
  }

  private void writeState(ByteBuffer into) {
    into.put(TransferFormat.STATE).putLong(state.appliedIndex()).putLong(state.appliedTerm());
    into.putLong(state.revision()).putLong(state.compactRevision()).putLong(state.keyCount());
  }

  private static void writeChange(ByteBuffer into, ChangeCursor change) {
    if (!change.tombstone()) {
      writeVersion(into, TransferFormat.PUT, change);
      return;
    }
    ByteBuffer key = change.key();
    into.put(TransferFormat.TOMBSTONE).putLong(change.modRevision()).putInt(change.modSub());
    into.putInt(key.remaining()).put(key);
  }

  private static void writeVersion(ByteBuffer into, byte kind, VersionCursor at) {
    ByteBuffer key = at.key();
    ByteBuffer payload = at.payload();
    into.put(kind).putLong(at.modRevision()).putInt(at.modSub()).putLong(at.createRevision());
    into.putLong(at.version()).putLong(at.leaseId());
    into.putInt(key.remaining()).putInt(payload.remaining()).put(key).put(payload);
  }

  private byte[] finishChunk() {
    ByteBuffer front = ByteBuffer.wrap(chunk);
    front.putInt(used - TransferFormat.CHUNK_FRONT_BYTES).putInt(++sequence);
    front.putInt(used, TransferFormat.crc(chunk, 0, used));
    return Arrays.copyOf(chunk, used + 4);
  }

  private TableCursor rows() {
    return at(rows);
  }

  private VersionCursor seeds() {
    return at(seeds);
  }

  private ChangeCursor changes() {
    return at(changes);
  }

  private static <T> T at(@Nullable T cursor) {
    if (cursor == null) {
      throw new IllegalStateException("the walk stands nowhere");
    }
    return cursor;
  }

  private static byte[] bytesOf(ByteBuffer borrowed) {
    byte[] bytes = new byte[borrowed.remaining()];
    borrowed.get(bytes);
    return bytes;
  }

  private void closeCursors() {
    if (rows != null) {
      rows.close();
      rows = null;
    }
    if (seeds != null) {
      seeds.close();
      seeds = null;
    }
    if (changes != null) {
      changes.close();
      changes = null;
    }
  }
}
