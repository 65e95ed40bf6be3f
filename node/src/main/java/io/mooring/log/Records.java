package io.mooring.log;

import io.mooring.raft.core.Entry;
import java.nio.ByteBuffer;
import java.util.zip.CRC32C;

/**
 * The layout of records and groups. A segment is its header, then groups back to back, then zeros.
 * A group is what one write and one sync made durable: a group record, then the entries. Each
 * record begins at a multiple of 8. All numbers big endian.
 *
 * <pre>
 *   record
 *     0  payload bytes                                          4
 *     4  type: 1 group, 2 empty, 3 command, 4 config            1
 *     5  zero                                                   3
 *     8  index of the entry; number of the group, from 1        8
 *    16  term of the entry; hard state's term for a group       8
 *    24  segment id                                             8
 *    32  CRC32C of the bytes before                             4
 *    36  chain: CRC32C of the whole record, padding too, with   4
 *        the previous record's chain standing here
 *    40  payload, then zeros to a multiple of 8
 *
 *   payload of a group
 *     0  bytes of the whole group                               8
 *     8  offset at which the previous group ended, synced       8
 *    16  hard state: vote                                       8
 *    24  commit index                                           8
 * </pre>
 *
 * <p>The header has a checksum of its own so that its length can be trusted before the payload is
 * read. The chain makes a record valid only after exactly the records before it.
 */
final class Records {

  static final int HEADER_BYTES = 40;
  static final int GROUP_PAYLOAD_BYTES = 32;
  static final int GROUP_BYTES = HEADER_BYTES + GROUP_PAYLOAD_BYTES;

  /** Far above any request; bounds what a damaged length can ask for. */
  static final int MAX_PAYLOAD_BYTES = 128 << 20;

  static final byte TYPE_GROUP = 1;
  static final byte TYPE_FIRST_ENTRY = 2;

  private static final int CRC_OFFSET = 32;
  private static final int CHAIN_OFFSET = 36;
  private static final int ALIGNMENT = 8;
  private static final Entry.Kind[] KINDS = Entry.Kind.values();

  private final CRC32C crc = new CRC32C();

  static byte type(Entry.Kind kind) {
    return (byte) (TYPE_FIRST_ENTRY + kind.id());
  }

  static Entry.Kind kind(byte type) {
    return KINDS[type - TYPE_FIRST_ENTRY];
  }

  static boolean isType(byte type) {
    return type >= TYPE_GROUP && type < TYPE_FIRST_ENTRY + KINDS.length;
  }

  /** Bytes that a record takes, with its padding. */
  static int recordBytes(int payloadBytes) {
    return (int) align(HEADER_BYTES + (long) payloadBytes);
  }

  static long align(long bytes) {
    return (bytes + ALIGNMENT - 1) & -ALIGNMENT;
  }

  /**
   * Writes a record at the buffer's position and moves behind its padding.
   *
   * @return the chain value to continue with
   */
  int encode(
      ByteBuffer out, byte type, long index, long term, long segmentId, byte[] payload, int chain) {
    int start = out.position();
    out.putInt(payload.length).put(type).put((byte) 0).putShort((short) 0);
    out.putLong(index).putLong(term).putLong(segmentId);
    out.putInt(crc(out, start, start + CRC_OFFSET));
    out.putInt(chain).put(payload);
    int end = start + recordBytes(payload.length);
    while (out.position() < end) {
      out.put((byte) 0);
    }
    int newChain = crc(out, start, end);
    out.putInt(start + CHAIN_OFFSET, newChain);
    return newChain;
  }

  /** Whether the bytes at a position are an intact record header of a segment. */
  boolean isHeader(ByteBuffer in, int start, long segmentId) {
    return in.getLong(start + 24) == segmentId
        && isType(in.get(start + 4))
        && in.getInt(start) >= 0
        && in.getInt(start) <= MAX_PAYLOAD_BYTES
        && in.getInt(start + CRC_OFFSET) == crc(in, start, start + CRC_OFFSET);
  }

  /** Whether a whole record follows another; the header has been checked. */
  boolean follows(ByteBuffer in, int start, int chain) {
    int stored = in.getInt(start + CHAIN_OFFSET);
    in.putInt(start + CHAIN_OFFSET, chain);
    int computed = crc(in, start, start + recordBytes(in.getInt(start)));
    in.putInt(start + CHAIN_OFFSET, stored);
    return computed == stored;
  }

  static int chain(ByteBuffer in, int start) {
    return in.getInt(start + CHAIN_OFFSET);
  }

  private int crc(ByteBuffer bytes, int from, int to) {
    int position = bytes.position();
    int limit = bytes.limit();
    crc.reset();
    crc.update(bytes.limit(to).position(from));
    bytes.limit(limit).position(position);
    return (int) crc.getValue();
  }
}
