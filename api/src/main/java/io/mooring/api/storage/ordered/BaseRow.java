package io.mooring.api.storage.ordered;

import java.nio.ByteBuffer;

/**
 * A row of {@link Space#BASE}: a record that outlived its history, and the compaction that last
 * found it needed.
 *
 * <pre>
 *   | needed by, main revision 8 | the same, inverted 8 | record with its key inside |
 * </pre>
 *
 * <p>The number stands there twice in place of a checksum: the record's own does not cover it, so
 * that a later compaction can renew it without decoding.
 */
final class BaseRow {

  static final int PREFIX_BYTES = 2 * Long.BYTES;

  private BaseRow() {}

  /** Fills the room that was left before a record; returns the whole row. */
  static ByteBuffer stamp(ByteBuffer row, long neededBy) {
    return row.putLong(row.position(), neededBy).putLong(row.position() + Long.BYTES, ~neededBy);
  }

  /** The compaction that last found the row needed; -1 when the number is damaged. */
  static long neededBy(ByteBuffer row) {
    long neededBy = row.getLong(row.position());
    return row.getLong(row.position() + Long.BYTES) == ~neededBy ? neededBy : -1;
  }

  /** The record inside; the buffer is moved. */
  static ByteBuffer record(ByteBuffer row) {
    return row.position(row.position() + PREFIX_BYTES).slice();
  }
}
