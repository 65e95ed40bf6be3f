package io.mooring.api.storage.ordered;

import io.mooring.api.storage.EngineException;
import io.mooring.api.storage.EngineState;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.zip.CRC32C;

/**
 * Where a store stands: one record, rewritten inside every store transaction, so that nothing of it
 * can disagree with the data. Mutable; owned by the writer thread after opening.
 *
 * <pre>
 *   | crc 4 | format 4 | numbers 8 each, in the order of the fields below
 *   | pass position length 4 | pass position | marks of the last pass | marks of the running one |
 * </pre>
 */
final class StoreMeta {

  /** Version of everything that this package stores. */
  static final int FORMAT_VERSION = 2;

  static final byte[] KEY = "state".getBytes(StandardCharsets.US_ASCII);

  private static final int RECORD_WEIGHT = 256;
  private static final int NUMBERS = 20;
  private static final int FIXED_BYTES = Integer.BYTES * 2 + NUMBERS * Long.BYTES;

  long appliedIndex;
  long appliedTerm;

  long revision = 1;

  /** Main revision of the last change in history; below {@link #revision} only after a transfer. */
  long historyThrough = 1;

  long compactRevision = -1;
  long keyCount;

  /** Key and payload bytes of everything ever written. */
  long writtenBytes;

  /** Of those, what compaction has removed. */
  long reclaimedBytes;

  /** History at or above this main revision is complete; below it only {@code BASE} remains. */
  long historyFrom;

  /** Bytes of what changes up to this main revision replaced are in {@link #reclaimedBytes}. */
  long countedThrough;

  /** Every change up to this main revision is merged into latest, or a later one of its key is. */
  long mergedThrough = 1;

  /** {@link #historyThrough} when the running merge pass began. */
  long passFrom = 1;

  /** Highest main revision of a tombstone ever written to {@code DEAD}; 0 for none. */
  long highestDead;

  /** Main revision that compaction is working towards; equal to {@link #historyFrom} when idle. */
  long compactTarget;

  /** Number of the {@link Compactor.Phase}. */
  long compactPhase;

  /** Last revision key that the phase has dealt with. */
  long compactMain;

  long compactSub;

  /** What all history ever appended would cost to replay, in bytes; see {@link #weightOf}. */
  long historyWeight;

  /** {@link #historyWeight} at {@link #mergedThrough}. */
  long mergedWeight;

  /** {@link #historyWeight} at {@link #passFrom}. */
  long passWeight;

  /** Keys up to this one were merged by the running pass. */
  byte[] passPosition = Row.NO_BYTES;

  /** Where the pass before the running one stood, as far as the running one has not come yet. */
  final PassMarks lastPassMarks = new PassMarks();

  /** Where the running pass stood. */
  final PassMarks passMarks = new PassMarks();

  /** What a change counts for in weights: its bytes, and something for the work. */
  static long weightOf(int logicalBytes) {
    return (long) RECORD_WEIGHT + logicalBytes;
  }

  private long[] numbers() {
    return new long[] {
      appliedIndex,
      appliedTerm,
      revision,
      historyThrough,
      compactRevision,
      keyCount,
      writtenBytes,
      reclaimedBytes,
      historyFrom,
      countedThrough,
      mergedThrough,
      passFrom,
      highestDead,
      compactTarget,
      compactPhase,
      compactMain,
      compactSub,
      historyWeight,
      mergedWeight,
      passWeight
    };
  }

  EngineState state() {
    return new EngineState(
        appliedIndex,
        appliedTerm,
        revision,
        compactRevision,
        keyCount,
        writtenBytes - reclaimedBytes);
  }

  /** Writes the record into a transaction, through a buffer of the codec. */
  void write(StoreTxn txn, RecordCodec codec) {
    int bytes = FIXED_BYTES + Integer.BYTES + passPosition.length;
    bytes += lastPassMarks.storedBytes() + passMarks.storedBytes();
    ByteBuffer out = codec.room(bytes);
    out.putInt(0).putInt(FORMAT_VERSION);
    for (long number : numbers()) {
      out.putLong(number);
    }
    out.putInt(passPosition.length).put(passPosition);
    lastPassMarks.write(out);
    passMarks.write(out);
    out.flip();
    out.putInt(0, checksum(out));
    txn.put(Space.META, KEY, out);
  }

  /** Reads the record of a store, or makes that of an empty one; refuses another format. */
  static StoreMeta read(StoreView view, String where) {
    StoreMeta meta = new StoreMeta();
    ByteBuffer in = view.get(Space.META, KEY);
    if (in == null) {
      return meta;
    }
    if (in.remaining() < Integer.BYTES * 2) {
      throw damaged(where);
    }
    int format = in.getInt(in.position() + Integer.BYTES);
    if (format != FORMAT_VERSION) {
      boolean newer = format > FORMAT_VERSION;
      throw new EngineException(
          EngineException.Kind.INCOMPATIBLE,
          where
              + " was written in format "
              + format
              + (newer ? ", newer than format " : ", older than format ")
              + FORMAT_VERSION
              + " of this program; run the "
              + (newer ? "newer program" : "program that wrote it"),
          null);
    }
    if (in.remaining() < FIXED_BYTES || in.getInt(in.position()) != checksum(in)) {
      throw damaged(where);
    }
    in.position(in.position() + Integer.BYTES * 2);
    meta.readNumbers(in);
    meta.passPosition = new byte[in.getInt()];
    in.get(meta.passPosition);
    meta.lastPassMarks.read(in);
    meta.passMarks.read(in);
    return meta;
  }

  private void readNumbers(ByteBuffer in) {
    appliedIndex = in.getLong();
    appliedTerm = in.getLong();
    revision = in.getLong();
    historyThrough = in.getLong();
    compactRevision = in.getLong();
    keyCount = in.getLong();
    writtenBytes = in.getLong();
    reclaimedBytes = in.getLong();
    historyFrom = in.getLong();
    countedThrough = in.getLong();
    mergedThrough = in.getLong();
    passFrom = in.getLong();
    highestDead = in.getLong();
    compactTarget = in.getLong();
    compactPhase = in.getLong();
    compactMain = in.getLong();
    compactSub = in.getLong();
    historyWeight = in.getLong();
    mergedWeight = in.getLong();
    passWeight = in.getLong();
  }

  private static EngineException damaged(String where) {
    return new EngineException(
        EngineException.Kind.CORRUPT,
        "the state record of " + where + " does not match its checksum; restore this member",
        null);
  }

  private static int checksum(ByteBuffer record) {
    CRC32C crc = new CRC32C();
    ByteBuffer covered = record.duplicate();
    crc.update(covered.position(record.position() + Integer.BYTES));
    return (int) crc.getValue();
  }
}
