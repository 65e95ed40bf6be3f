package io.mooring.api.storage.transfer;

import io.mooring.api.storage.EngineException;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.zip.CRC32C;

/**
 * Layout of a transfer stream. Integers are big-endian.
 *
 * <pre>
 *   stream   header chunk chunk ... chunk
 *   header   | magic 8 | format version 4 | crc32c of those 12 bytes 4 |
 *            magic: "MOORXFER" digested, "MOORFILE" not
 *   chunk    | length of the records 4 | sequence from 1 4 | records | crc32c of all before 4 |
 *
 *   records, in this order:
 *   STATE      | 1 | applied index 8 | applied term 8 | revision 8 | compact revision 8 | keys 8 |
 *   ROW        | 2 | table 1 | key length 4 | value length 4 | key | value |
 *   SEED       | 3 | main 8 | sub 4 | create 8 | version 8 | lease 8
 *                  | key length 4 | payload length 4 | key | payload |
 *   PUT        | 4 | as SEED |
 *   TOMBSTONE  | 5 | main 8 | sub 4 | key length 4 | key |
 *   END        | 6 | records before this one 8 | SHA-256 of their bytes 32 if digested |
 * </pre>
 *
 * <p>Rows ascend by table number and key; seeds, the versions older than the compact revision that
 * are alive at it, by key; puts and tombstones, all changes from the compact revision on, by
 * revision. Equal content therefore gives equal records, on any engine and with any chunk size, and
 * the digest in END names the content. A member's own files do without it: chunks are numbered and
 * checked, records are counted, and nobody compares files by their content.
 */
final class TransferFormat {

  /** Version written; this one and older ones are read. */
  static final int VERSION = 1;

  static final long DIGESTED_MAGIC = 0x4d4f4f5258464552L; // "MOORXFER"
  static final long FILE_MAGIC = 0x4d4f4f5246494c45L; // "MOORFILE"
  static final int HEADER_BYTES = 16;
  static final int CHUNK_FRONT_BYTES = 8;
  static final int CHUNK_OVERHEAD_BYTES = CHUNK_FRONT_BYTES + 4;
  static final int DIGEST_BYTES = 32;

  static final byte STATE = 1;
  static final byte ROW = 2;
  static final byte SEED = 3;
  static final byte PUT = 4;
  static final byte TOMBSTONE = 5;
  static final byte END = 6;

  static final int STATE_BYTES = 1 + 5 * 8;
  static final int ROW_BYTES = 1 + 1 + 4 + 4;
  static final int VERSION_BYTES = 1 + 8 + 4 + 8 + 8 + 8 + 4 + 4;
  static final int TOMBSTONE_BYTES = 1 + 8 + 4 + 4;
  static final int END_BYTES = 1 + 8;

  private TransferFormat() {}

  static byte[] header(boolean digested) {
    ByteBuffer header = ByteBuffer.allocate(HEADER_BYTES);
    header.putLong(digested ? DIGESTED_MAGIC : FILE_MAGIC).putInt(VERSION);
    header.putInt(crc(header.array(), 0, 12));
    return header.array();
  }

  static int crc(byte[] bytes, int offset, int length) {
    CRC32C crc = new CRC32C();
    crc.update(bytes, offset, length);
    return (int) crc.getValue();
  }

  static MessageDigest newDigest() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError("every Java platform has SHA-256", e);
    }
  }

  static EngineException damaged(String what) {
    return new EngineException(
        EngineException.Kind.CORRUPT, "transfer stream is damaged: " + what, null);
  }
}
