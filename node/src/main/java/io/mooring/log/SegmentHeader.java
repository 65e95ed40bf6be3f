package io.mooring.log;

import io.mooring.base.Check;
import io.mooring.raft.core.EntryId;
import io.mooring.raft.core.HardState;
import java.nio.ByteBuffer;
import java.util.zip.CRC32C;

/**
 * The first bytes of a segment: who wrote it, and how it continues the one before. Written and
 * synced before the file gets its name, so it is never torn. All numbers big endian.
 *
 * <pre>
 *     0  magic "MOORLOG\n"                    8
 *     8  format version                       4
 *    12  bytes of this header                 4
 *    16  segment id, random                   8
 *    24  sequence, from 1, rising by 1        8
 *    32  cluster id                           8
 *    40  member id                            8
 *    48  index of the entry before the first  8
 *    56  term of that entry                   8
 *    64  id of the segment before, or 0       8
 *        when the log begins here
 *    72  where its last group ended           8
 *    80  hard state: term                     8
 *    88  hard state: vote                     8
 *    96  commit index                         8
 *   104  number of the last group             8
 *   112  chain value to continue from         4
 *   116  zero                                 8
 *   124  CRC32C of the bytes before           4
 * </pre>
 *
 * @param id stands in each record, so that bytes of another segment are never taken for its own
 * @param sequence shows that none is missing
 * @param previous last entry before this segment
 * @param previousId id of the segment before, 0 for none: the log begins here, whatever else there
 *     is of a lower sequence
 * @param previousEnd where its last group ended
 * @param hardState newest before this segment
 * @param commitIndex newest that was recorded before it
 * @param groupNumber last group before it
 * @param chain chain value of the last record before it
 */
record SegmentHeader(
    long id,
    long sequence,
    long clusterId,
    long memberId,
    EntryId previous,
    long previousId,
    long previousEnd,
    HardState hardState,
    long commitIndex,
    long groupNumber,
    int chain) {

  static final int BYTES = 128;
  static final int FORMAT_VERSION = 1;

  private static final long MAGIC = 0x4d4f4f524c4f470aL;
  private static final int CRC_OFFSET = 124;

  /** Index of the first entry that may stand in it; its name. */
  long firstIndex() {
    return previous.index() + 1;
  }

  /** Whether nothing of a lower sequence is part of the log: it is new, or was begun anew. */
  boolean begins() {
    return previousId == 0;
  }

  ByteBuffer encode() {
    ByteBuffer out = ByteBuffer.allocate(BYTES);
    out.putLong(MAGIC).putInt(FORMAT_VERSION).putInt(BYTES);
    out.putLong(id).putLong(sequence).putLong(clusterId).putLong(memberId);
    out.putLong(previous.index()).putLong(previous.term());
    out.putLong(previousId).putLong(previousEnd);
    out.putLong(hardState.term()).putLong(hardState.vote());
    out.putLong(commitIndex).putLong(groupNumber).putInt(chain).putLong(0);
    Check.that(out.position() == CRC_OFFSET, "segment header layout", out.position());
    out.putInt(crc(out));
    return out.flip();
  }

  /** Reads a header, or refuses the file. */
  static SegmentHeader decode(String file, ByteBuffer in) {
    if (in.remaining() < BYTES || in.getLong(0) != MAGIC) {
      throw LogException.corrupt(file, 0, 0, "not a log segment");
    }
    int version = in.getInt(8);
    if (version > FORMAT_VERSION) {
      throw new LogException(
          "log " + file + ": written by format " + version + ", this is " + FORMAT_VERSION);
    }
    if (in.getInt(CRC_OFFSET) != crc(in) || in.getInt(12) != BYTES) {
      throw LogException.corrupt(file, 0, 0, "checksum of the segment header");
    }
    return new SegmentHeader(
        in.getLong(16),
        in.getLong(24),
        in.getLong(32),
        in.getLong(40),
        new EntryId(in.getLong(48), in.getLong(56)),
        in.getLong(64),
        in.getLong(72),
        new HardState(in.getLong(80), in.getLong(88)),
        in.getLong(96),
        in.getLong(104),
        in.getInt(112));
  }

  private static int crc(ByteBuffer header) {
    CRC32C crc = new CRC32C();
    crc.update(header.duplicate().position(0).limit(CRC_OFFSET));
    return (int) crc.getValue();
  }
}
