package io.mooring.api.storage.ordered;

import java.nio.ByteBuffer;

/**
 * Keys of the spaces that are ordered by revision.
 *
 * <pre>
 *   | main 8 | sub 4 |   big-endian
 * </pre>
 */
final class RevisionKey {

  static final int BYTES = 12;

  private RevisionKey() {}

  static byte[] of(long main, int sub) {
    byte[] key = new byte[BYTES];
    ByteBuffer.wrap(key).putLong(main).putInt(sub);
    return key;
  }

  /** The first possible key of a main revision. */
  static byte[] floor(long main) {
    return of(main, 0);
  }

  static long main(ByteBuffer key) {
    return key.getLong(key.position());
  }

  static int sub(ByteBuffer key) {
    return key.getInt(key.position() + Long.BYTES);
  }
}
