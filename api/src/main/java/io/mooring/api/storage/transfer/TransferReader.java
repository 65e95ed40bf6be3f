package io.mooring.api.storage.transfer;

import io.mooring.api.storage.EngineException;
import io.mooring.api.storage.EngineState;
import io.mooring.api.storage.MvccEngine;
import io.mooring.api.storage.Revision;
import io.mooring.api.storage.Table;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Takes a stream of chunks, in order, and refuses it at the first thing that is not as {@link
 * TransferFormat} says, naming it. An engine that a refused stream was being loaded into is thrown
 * away by its owner.
 *
 * <p>One thread; when it loads an engine, the one that is that engine's apply thread.
 */
public final class TransferReader implements AutoCloseable {

  private final TransferSink sink;

  /** Of a digested stream, once its header was seen. */
  private @Nullable MessageDigest digest;

  private boolean headerSeen;
  private int sequence;
  private long records;
  private byte lastKind;
  private int lastTable;
  private byte @Nullable [] lastKey;
  private Revision lastRevision = new Revision(-1, 0);
  private @Nullable EngineState state;
  private byte @Nullable [] contentDigest;
  private boolean complete;
  private boolean over;

  private TransferReader(TransferSink sink) {
    this.sink = sink;
  }

  /** A reader that loads an empty engine. */
  public static TransferReader into(MvccEngine engine) {
    return new TransferReader(new EngineLoader(engine));
  }

  /** A reader that only verifies. */
  public static TransferReader verifying() {
    return new TransferReader(TransferSink.NOTHING);
  }

  /**
   * How long the next chunk is, for whoever cuts chunks out of a file or a connection. Not to be
   * trusted before {@link #accept}: bound it before allocating.
   *
   * @param first whether it is the first chunk of a stream
   * @param front its first 4 bytes
   * @return its length, these bytes included; beyond the range of an int when damaged
   */
  public static long chunkBytes(boolean first, int front) {
    return first
        ? TransferFormat.HEADER_BYTES
        : Integer.toUnsignedLong(front) + TransferFormat.CHUNK_OVERHEAD_BYTES;
  }

  /** Takes the next chunk; it is read, not kept. */
  public void accept(byte[] chunk) {
    if (over) {
      throw refuse(TransferFormat.damaged("bytes after its end"));
    }
    try {
      if (headerSeen) {
        records(chunk);
      } else {
        header(chunk);
        headerSeen = true;
      }
    } catch (EngineException e) {
      throw refuse(e);
    } catch (BufferUnderflowException e) {
      throw refuse(TransferFormat.damaged("chunk " + sequence + " ends inside a record"));
    }
  }

  /** Whether the last chunk has been taken and all was well. */
  public boolean complete() {
    return complete;
  }

  /**
   * Ends the stream.
   *
   * @return what it carried
   */
  public EngineState finish() {
    EngineState carried = state;
    if (!complete() || carried == null) {
      throw refuse(
          TransferFormat.damaged(
              "it ends after chunk " + sequence + ", " + records + " records, without its end"));
    }
    return carried;
  }

  /**
   * SHA-256 of the content, equal for equal content; known when {@link #complete()}, but never of a
   * member's own file.
   */
  public byte[] contentDigest() {
    byte[] known = contentDigest;
    if (known == null) {
      throw new IllegalStateException("the stream has not ended, or has no digest");
    }
    return known.clone();
  }

  /** Gives the stream up unless it is complete. */
  @Override
  public void close() {
    if (!over) {
      over = true;
      sink.abandon();
    }
  }

  private EngineException refuse(EngineException cause) {
    close();
    complete = false;
    contentDigest = null;
    return cause;
  }

  private void header(byte[] chunk) {
    if (chunk.length != TransferFormat.HEADER_BYTES) {
      throw TransferFormat.damaged("header of " + chunk.length + " bytes");
    }
    ByteBuffer header = ByteBuffer.wrap(chunk);
    long magic = header.getLong();
    if (magic != TransferFormat.DIGESTED_MAGIC && magic != TransferFormat.FILE_MAGIC) {
      throw TransferFormat.damaged("not a transfer stream (wrong magic)");
    }
    int version = header.getInt();
    if (header.getInt() != TransferFormat.crc(chunk, 0, 12)) {
      throw TransferFormat.damaged("checksum of the header");
    }
    if (version > TransferFormat.VERSION) {
      throw new EngineException(
          EngineException.Kind.INCOMPATIBLE,
          "transfer stream was written in format version "
              + version
              + ", this program reads up to "
              + TransferFormat.VERSION,
          null);
    }
    if (magic == TransferFormat.DIGESTED_MAGIC) {
      digest = TransferFormat.newDigest();
    }
  }

  private void records(byte[] chunk) {
    sequence++;
    int end = chunk.length - 4;
    if (end < TransferFormat.CHUNK_FRONT_BYTES) {
      throw TransferFormat.damaged("chunk " + sequence + " of " + chunk.length + " bytes");
    }
    ByteBuffer in = ByteBuffer.wrap(chunk);
    if (in.getInt(end) != TransferFormat.crc(chunk, 0, end)) {
      throw TransferFormat.damaged("checksum of chunk " + sequence);
    }
    if (in.getInt() != end - TransferFormat.CHUNK_FRONT_BYTES) {
      throw TransferFormat.damaged("length of chunk " + sequence);
    }
    int found = in.getInt();
    if (found != sequence) {
      throw TransferFormat.damaged("chunk " + found + " where " + sequence + " belongs");
    }
    in.limit(end);
    while (in.hasRemaining()) {
      if (complete()) {
        throw TransferFormat.damaged("records after its end");
      }
      int start = in.position();
      byte kind = in.get();
      record(kind, in);
      if (kind != TransferFormat.END) {
        if (digest != null) {
          digest.update(chunk, start, in.position() - start);
        }
        records++;
      }
    }
  }

  private void record(byte kind, ByteBuffer in) {
    boolean change = kind == TransferFormat.PUT || kind == TransferFormat.TOMBSTONE;
    boolean afterChange = lastKind == TransferFormat.PUT || lastKind == TransferFormat.TOMBSTONE;
    if ((state == null) != (kind == TransferFormat.STATE)
        || (kind < lastKind && !(change && afterChange))) {
      throw TransferFormat.damaged("record kind " + kind + " after kind " + lastKind);
    }
    switch (kind) {
      case TransferFormat.STATE -> state(in);
      case TransferFormat.ROW -> row(in);
      case TransferFormat.SEED, TransferFormat.PUT -> version(kind, in);
      case TransferFormat.TOMBSTONE -> tombstone(in);
      case TransferFormat.END -> end(in);
      default -> throw TransferFormat.damaged("unknown record kind " + kind);
    }
    lastKind = kind;
  }

  private void state(ByteBuffer in) {
    EngineState announced =
        new EngineState(in.getLong(), in.getLong(), in.getLong(), in.getLong(), in.getLong(), 0);
    boolean sane =
        announced.appliedIndex() >= 0
            && announced.revision() >= 1
            && announced.compactRevision() >= -1
            && announced.compactRevision() <= announced.revision();
    if (!sane) {
      throw TransferFormat.damaged("state " + announced);
    }
    state = announced;
    sink.begin(announced);
  }

  private void row(ByteBuffer in) {
    int id = in.get();
    int keyBytes = in.getInt();
    int valueBytes = in.getInt();
    byte[] key = bytes(in, keyBytes);
    byte[] value = bytes(in, valueBytes);
    if (id != lastTable) {
      lastKey = null;
    }
    if (id < lastTable || !ascends(key)) {
      throw TransferFormat.damaged("order of rows in table " + id);
    }
    lastTable = id;
    lastKey = key;
    sink.row(table(id), key, value);
  }

  private static Table table(int id) {
    for (Table table : Table.values()) {
      if (table.id() == id) {
        return table;
      }
    }
    throw TransferFormat.damaged("unknown table " + id);
  }

  private void version(byte kind, ByteBuffer in) {
    Revision at = new Revision(in.getLong(), in.getInt());
    long create = in.getLong();
    long version = in.getLong();
    long leaseId = in.getLong();
    int keyBytes = in.getInt();
    int payloadBytes = in.getInt();
    byte[] key = bytes(in, keyBytes);
    byte[] payload = bytes(in, payloadBytes);
    if (key.length == 0 || version < 1 || create < 1 || create > at.main()) {
      throw TransferFormat.damaged("version " + version + " at revision " + at.main());
    }
    if (kind == TransferFormat.PUT) {
      change(at);
      sink.put(at, key, create, version, leaseId, payload);
      return;
    }
    if (lastKind != TransferFormat.SEED) {
      lastKey = null;
    }
    if (!ascends(key) || at.main() >= announced().compactRevision()) {
      throw TransferFormat.damaged("order of the versions below the compact revision");
    }
    lastKey = key;
    sink.seed(at, key, create, version, leaseId, payload);
  }

  private void tombstone(ByteBuffer in) {
    Revision at = new Revision(in.getLong(), in.getInt());
    byte[] key = bytes(in, in.getInt());
    change(at);
    sink.tombstone(at, key);
  }

  private void change(Revision at) {
    boolean readable =
        at.main() >= announced().compactRevision() && at.main() <= announced().revision();
    if (!readable || at.compareTo(lastRevision) <= 0) {
      throw TransferFormat.damaged("order of changes at revision " + at.main() + "." + at.sub());
    }
    lastRevision = at;
  }

  private void end(ByteBuffer in) {
    long announcedRecords = in.getLong();
    byte @Nullable [] announcedDigest =
        digest == null ? null : bytes(in, TransferFormat.DIGEST_BYTES);
    if (announcedRecords != records) {
      throw TransferFormat.damaged(records + " records where " + announcedRecords + " were sent");
    }
    if (digest != null && !Arrays.equals(announcedDigest, digest.digest())) {
      throw TransferFormat.damaged("digest of the whole stream");
    }
    if (in.hasRemaining()) {
      throw TransferFormat.damaged("records after its end");
    }
    sink.end(announced());
    contentDigest = announcedDigest;
    complete = true;
    over = true;
  }

  private EngineState announced() {
    EngineState announced = state;
    if (announced == null) {
      throw TransferFormat.damaged("no state in front");
    }
    return announced;
  }

  private boolean ascends(byte[] key) {
    byte[] before = lastKey;
    return before == null || Arrays.compareUnsigned(before, key) < 0;
  }

  /** The length is bounded by what the chunk has, before anything is allocated. */
  private static byte[] bytes(ByteBuffer in, int length) {
    if (length < 0 || length > in.remaining()) {
      throw new BufferUnderflowException();
    }
    byte[] bytes = new byte[length];
    in.get(bytes);
    return bytes;
  }
}
