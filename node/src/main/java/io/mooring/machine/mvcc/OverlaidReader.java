package io.mooring.machine.mvcc;

import io.mooring.api.storage.ChangeCursor;
import io.mooring.api.storage.EngineState;
import io.mooring.api.storage.Table;
import io.mooring.api.storage.TableCursor;
import io.mooring.api.storage.Version;
import io.mooring.api.storage.VersionCursor;
import io.mooring.api.storage.VersionReader;
import io.mooring.base.Check;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * One revision with some changes of the next laid over it: what an operation in the middle of a
 * transaction sees. Confined to the thread that reads; it does not close what it reads from.
 */
final class OverlaidReader implements VersionReader {

  private final VersionReader under;
  private final long base;

  /** Alive by these changes. */
  private final TreeMap<byte[], Version> puts = new TreeMap<>(Arrays::compareUnsigned);

  /** Disjoint deleted ranges, first key to exclusive end; the last may have none. */
  private final TreeMap<byte[], KeyRange> deleted = new TreeMap<>(Arrays::compareUnsigned);

  /** Lays changes over a revision of a reader, in their order. */
  OverlaidReader(VersionReader under, long base, List<LateReads.Change> changes) {
    this.under = under;
    this.base = base;
    for (LateReads.Change change : changes) {
      Version put = change.put();
      if (put != null) {
        puts.put(put.key(), put);
      } else if (!change.keys().isEmpty()) {
        delete(change.keys());
      }
    }
  }

  private void delete(KeyRange keys) {
    byte[] from = keys.from();
    byte[] to = keys.point() ? KeyRange.successor(from) : keys.to();
    (to == null ? puts.tailMap(from, true) : puts.subMap(from, true, to, false)).clear();
    // Joins every range that it touches.
    Map.Entry<byte[], KeyRange> before = deleted.floorEntry(from);
    if (before != null && reaches(before.getValue().to(), from)) {
      from = before.getKey();
      to = later(to, before.getValue().to());
    }
    Map.Entry<byte[], KeyRange> next = deleted.ceilingEntry(from);
    while (next != null && reaches(to, next.getKey())) {
      to = later(to, next.getValue().to());
      deleted.remove(next.getKey());
      next = deleted.ceilingEntry(from);
    }
    deleted.put(from, new KeyRange(from, to, false));
  }

  private static boolean reaches(byte @Nullable [] end, byte[] key) {
    return end == null || Arrays.compareUnsigned(end, key) >= 0;
  }

  private static byte @Nullable [] later(byte @Nullable [] a, byte @Nullable [] b) {
    if (a == null || b == null) {
      return null;
    }
    return Arrays.compareUnsigned(a, b) >= 0 ? a : b;
  }

  /** Whether what lies under a key does not count. */
  private boolean covers(byte[] key) {
    if (puts.containsKey(key)) {
      return true;
    }
    Map.Entry<byte[], KeyRange> range = deleted.floorEntry(key);
    return range != null && range.getValue().contains(key);
  }

  @Override
  public EngineState state() {
    return under.state();
  }

  @Override
  public @Nullable Version get(byte[] key, long atRevision, boolean withPayload) {
    Check.that(atRevision == base, "changes lie over one revision alone", atRevision);
    Version put = puts.get(key);
    return put != null || covers(key) ? put : under.get(key, base, withPayload);
  }

  @Override
  public VersionCursor range(byte[] from, byte @Nullable [] to, long atRevision) {
    Check.that(atRevision == base, "changes lie over one revision alone", atRevision);
    if (to != null && Arrays.compareUnsigned(from, to) >= 0) {
      return new Merge(under.range(from, to, base), List.<Version>of().iterator());
    }
    var inside = to == null ? puts.tailMap(from, true) : puts.subMap(from, true, to, false);
    return new Merge(under.range(from, to, base), inside.values().iterator());
  }

  @Override
  public ChangeCursor changes(long fromMain, long toMain) {
    throw new IllegalStateException("an answer shows no changes");
  }

  @Override
  public byte @Nullable [] tableGet(Table table, byte[] key) {
    throw new IllegalStateException("an answer shows no tables");
  }

  @Override
  public TableCursor tableScan(Table table, byte[] from, byte @Nullable [] to) {
    throw new IllegalStateException("an answer shows no tables");
  }

  /** Walks puts and what lies under them, in key order. */
  private final class Merge implements VersionCursor {
    private final VersionCursor below;
    private final Iterator<Version> above;
    private byte @Nullable [] belowKey;
    private @Nullable Version put;
    private boolean begun;
    private boolean atPut;

    Merge(VersionCursor below, Iterator<Version> above) {
      this.below = below;
      this.above = above;
    }

    @Override
    public boolean next() {
      if (!begun || !atPut) {
        nextBelow();
      }
      if (!begun || atPut) {
        put = above.hasNext() ? above.next() : null;
      }
      begun = true;
      byte[] key = belowKey;
      Version first = put;
      atPut = first != null && (key == null || Arrays.compareUnsigned(first.key(), key) < 0);
      return atPut || key != null;
    }

    private void nextBelow() {
      belowKey = null;
      while (belowKey == null && below.next()) {
        byte[] key = RangeScan.bytes(below.key());
        belowKey = covers(key) ? null : key;
      }
    }

    @Override
    public ByteBuffer key() {
      return atPut ? ByteBuffer.wrap(put().key()).asReadOnlyBuffer() : below.key();
    }

    @Override
    public long createRevision() {
      return atPut ? put().createRevision() : below.createRevision();
    }

    @Override
    public long modRevision() {
      return atPut ? put().modRevision() : below.modRevision();
    }

    @Override
    public int modSub() {
      return atPut ? put().modSub() : below.modSub();
    }

    @Override
    public long version() {
      return atPut ? put().version() : below.version();
    }

    @Override
    public long leaseId() {
      return atPut ? put().leaseId() : below.leaseId();
    }

    @Override
    public ByteBuffer payload() {
      return atPut
          ? ByteBuffer.wrap(Check.present(put().payload(), "a put has one")).asReadOnlyBuffer()
          : below.payload();
    }

    private Version put() {
      return Check.present(put, "a cursor at no version");
    }

    @Override
    public void close() {
      below.close();
    }
  }
}
