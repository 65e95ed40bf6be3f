package io.mooring.machine.lease;

import io.mooring.api.storage.Table;
import io.mooring.api.storage.TableCursor;
import io.mooring.api.storage.VersionReader;
import io.mooring.base.Check;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Rows of the two lease tables. Ids order as signed numbers, so their sign bit is flipped:
 *
 * <pre>
 * LEASE      | id, 8 |            ->  | granted TTL s, 8 | remaining TTL s, 8 | grant index, 8 |
 * LEASE_KEY  | id, 8 | user key | ->  nothing
 * </pre>
 */
public final class LeaseRows {

  private static final byte[] NOTHING = {};
  private static final int VALUE_BYTES = 3 * Long.BYTES;

  private LeaseRows() {}

  /** The key of a lease's row, and of its entry in a {@link LeaseTable}. */
  public static byte[] key(long leaseId) {
    return ByteBuffer.allocate(Long.BYTES).putLong(leaseId ^ Long.MIN_VALUE).array();
  }

  /** The value of a lease's row. */
  public static byte[] value(Lease lease) {
    return ByteBuffer.allocate(VALUE_BYTES)
        .putLong(lease.ttlSeconds())
        .putLong(lease.remainingSeconds())
        .putLong(lease.grantIndex())
        .array();
  }

  /** The lease of a row. */
  public static Lease lease(byte[] key, byte[] value) {
    Check.that(key.length == Long.BYTES, "L3 lease row key size", key.length);
    Check.that(value.length == VALUE_BYTES, "L3 lease row value size", value.length);
    ByteBuffer fields = ByteBuffer.wrap(value);
    long id = ByteBuffer.wrap(key).getLong() ^ Long.MIN_VALUE;
    return new Lease(id, fields.getLong(), fields.getLong(), fields.getLong());
  }

  /** The key of the row that attaches a user key. */
  public static byte[] attachment(long leaseId, byte[] userKey) {
    return ByteBuffer.allocate(Long.BYTES + userKey.length)
        .putLong(leaseId ^ Long.MIN_VALUE)
        .put(userKey)
        .array();
  }

  /** The value of a row that attaches a user key. */
  public static byte[] nothing() {
    return NOTHING;
  }

  /** The keys attached to a lease, in key order. */
  public static List<byte[]> attachedKeys(VersionReader reader, long leaseId) {
    List<byte[]> keys = new ArrayList<>();
    try (TableCursor rows = reader.tableScan(Table.LEASE_KEY, key(leaseId), end(leaseId))) {
      while (rows.next()) {
        byte[] row = rows.key();
        keys.add(Arrays.copyOfRange(row, Long.BYTES, row.length));
      }
    }
    return keys;
  }

  private static byte @Nullable [] end(long leaseId) {
    return leaseId == Long.MAX_VALUE ? null : key(leaseId + 1);
  }
}
