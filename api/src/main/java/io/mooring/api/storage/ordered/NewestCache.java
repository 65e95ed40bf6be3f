package io.mooring.api.storage.ordered;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * What is known by heart of the newest versions of keys: all that a change needs to know of what it
 * replaces, which is everything but the payload. Without it every put of a key that the overlay has
 * not would read the store first, and that read costs more than all the rest of the put.
 *
 * <p>Bounded: the entries that were added first make room. No object per entry, and no bytes on the
 * heap, so that a million of them cost the collector nothing. Only living keys; the apply thread's
 * alone, which also makes it right: nobody else changes keys.
 *
 * <pre>
 *   segment, by hash    ring   [ entry | entry | ... ]    oldest at tail, next at head
 *                       index  slot -> offset of its entry + 1, or 0
 *
 *   entry    | size 2 | index slot 4, or -1 when dead | key length 2 | key | main 8 | create 8
 *            | sub | version | lease | payload length | level | ancestors, pairs |     varints
 *            | room, up to a multiple of 8 |
 * </pre>
 */
final class NewestCache {

  private static final int SEGMENTS = 16;
  private static final int SEGMENT_SHIFT = 28;
  private static final int SMALLEST_RING_BYTES = 16 << 10;
  private static final int LARGEST_ENTRY_BYTES = 1 << 10;

  /** Ring bytes per index slot: entries of short keys take twice that. */
  private static final int BYTES_PER_SLOT = 32;

  private static final int PROBES = 4;
  private static final int SLOT_AT = Short.BYTES;
  private static final int KEY_LENGTH_AT = SLOT_AT + Integer.BYTES;
  private static final int KEY_AT = KEY_LENGTH_AT + Short.BYTES;
  private static final int DEAD = -1;
  private static final VarHandle LONGS =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);

  /** Everything of an entry but key and ancestors, at most. */
  private static final int FIXED_BYTES = KEY_AT + 2 * Long.BYTES + 6 * 10;

  private static final int ANCESTOR_BYTES = 20;

  private final int largestRingBytes;
  private final Segment[] segments = new Segment[SEGMENTS];
  private final ByteBuffer encoded = ByteBuffer.allocate(LARGEST_ENTRY_BYTES);

  /**
   * Creates a cache.
   *
   * @param maxBytes about what it may grow to
   */
  NewestCache(long maxBytes) {
    long share = maxBytes * 8 / 9 / SEGMENTS;
    long bounded = Math.max(SMALLEST_RING_BYTES, Math.min(1 << 30, share));
    largestRingBytes = (int) Math.min(bounded, Integer.MAX_VALUE) & -8;
    for (int i = 0; i < SEGMENTS; i++) {
      segments[i] = new Segment(SMALLEST_RING_BYTES);
    }
  }

  /**
   * The newest version of a key without its payload, or null when it is not known here. Of its
   * links only what later links are made from is there.
   */
  @Nullable Row get(byte[] key) {
    int hash = hash(key);
    Segment segment = segments[hash >>> SEGMENT_SHIFT];
    int slot = segment.find(key, hash);
    return slot < 0 ? null : decode(key, segment.ring, segment.index[slot] - 1);
  }

  /** Takes note of a change that is the newest of its key from now on. */
  void put(Row row) {
    put(row, row.links());
  }

  /** The same for who has the row's links at hand. */
  void put(Row row, Links links) {
    byte[] key = row.key;
    int hash = hash(key);
    int at = hash >>> SEGMENT_SHIFT;
    Segment segment = segments[at];
    int slot = segment.find(key, hash);
    if (row.tombstone() || !encode(row, links)) {
      if (slot >= 0) {
        segment.kill(slot);
      }
      return;
    }
    if (slot >= 0 && segment.replaced(slot, encoded)) {
      return;
    }
    if (!segment.hasRoomFor(encoded) && segment.ring.capacity() < largestRingBytes) {
      segment = segment.grown((int) Math.min(largestRingBytes, 2L * segment.ring.capacity()));
      segments[at] = segment;
      slot = segment.find(key, hash);
    }
    if (slot >= 0) {
      segment.kill(slot);
    }
    segment.append(encoded, hash);
  }

  /** Forgets a key. */
  void remove(byte[] key) {
    int hash = hash(key);
    Segment segment = segments[hash >>> SEGMENT_SHIFT];
    int slot = segment.find(key, hash);
    if (slot >= 0) {
      segment.kill(slot);
    }
  }

  /** About what it takes of the heap. Any thread, which may see it a little late. */
  long usedBytes() {
    long bytes = 0;
    for (Segment segment : segments) {
      bytes += segment.ring.capacity() + (long) segment.index.length * Integer.BYTES;
    }
    return bytes;
  }

  private boolean encode(Row row, Links links) {
    long[] ancestors = links.ancestors;
    if (FIXED_BYTES + row.key.length + ancestors.length / 2 * ANCESTOR_BYTES
        > LARGEST_ENTRY_BYTES) {
      return false;
    }
    ByteBuffer to = encoded.clear().position(KEY_LENGTH_AT);
    to.putShort((short) row.key.length).put(row.key);
    to.putLong(row.main).putLong(row.createRevision);
    RecordCodec.putVarint(to, row.sub);
    RecordCodec.putVarint(to, row.version);
    RecordCodec.putVarint(to, row.leaseId);
    RecordCodec.putVarint(to, row.payloadLength);
    RecordCodec.putVarint(to, links.level);
    RecordCodec.putVarint(to, ancestors.length);
    for (int i = 0; i < ancestors.length; i += 2) {
      RecordCodec.putVarint(to, row.main - ancestors[i]);
      RecordCodec.putVarint(to, ancestors[i + 1]);
    }
    int size = to.position() + 7 & -8;
    to.putShort(0, (short) size).position(size).flip();
    return true;
  }

  private static Row decode(byte[] key, ByteBuffer ring, int offset) {
    ByteBuffer from = ring.position(offset + KEY_AT + key.length);
    long main = from.getLong();
    long create = from.getLong();
    int sub = (int) RecordCodec.getVarint(from);
    long version = RecordCodec.getVarint(from);
    long lease = RecordCodec.getVarint(from);
    int payloadLength = (int) RecordCodec.getVarint(from);
    int level = (int) RecordCodec.getVarint(from);
    long[] ancestors = new long[(int) RecordCodec.getVarint(from)];
    for (int i = 0; i < ancestors.length; i += 2) {
      ancestors[i] = main - RecordCodec.getVarint(from);
      ancestors[i + 1] = RecordCodec.getVarint(from);
    }
    Links links = new Links(0, 0, 0, level, ancestors);
    return new Row(
        key.clone(), main, sub, create, version, lease, null, payloadLength, links, false);
  }

  private static int hash(byte[] key) {
    int hash = Arrays.hashCode(key) * 0x9e3779b9;
    return hash ^ hash >>> 15;
  }

  /** A ring of entries in order of arrival, and where they are. */
  private static final class Segment {
    private final ByteBuffer ring;
    private final int[] index;
    private final int mask;
    private int head;
    private int tail;
    private int usedBytes;

    Segment(int ringBytes) {
      ring = ByteBuffer.allocateDirect(ringBytes);
      index = new int[Integer.highestOneBit(Math.max(PROBES, ringBytes / BYTES_PER_SLOT))];
      mask = index.length - 1;
    }

    /** The slot of a key, or -1. */
    int find(byte[] key, int hash) {
      for (int probe = 0; probe < PROBES; probe++) {
        int slot = hash + probe & mask;
        int entry = index[slot];
        if (entry != 0 && holds(entry - 1, key)) {
          return slot;
        }
      }
      return -1;
    }

    private boolean holds(int offset, byte[] key) {
      int from = offset + KEY_AT;
      return ring.getShort(offset + KEY_LENGTH_AT) == key.length && startsWith(from, key);
    }

    private boolean startsWith(int from, byte[] key) {
      int at = 0;
      for (; at + Long.BYTES <= key.length; at += Long.BYTES) {
        if (ring.getLong(from + at) != (long) LONGS.get(key, at)) {
          return false;
        }
      }
      for (; at < key.length; at++) {
        if (ring.get(from + at) != key[at]) {
          return false;
        }
      }
      return true;
    }

    /** Overwrites an entry where it is, if the new one needs no more room. */
    boolean replaced(int slot, ByteBuffer entry) {
      int offset = index[slot] - 1;
      int room = ring.getShort(offset);
      if (entry.limit() > room) {
        return false;
      }
      ring.put(offset + KEY_AT, entry.array(), KEY_AT, entry.limit() - KEY_AT);
      return true;
    }

    /** Leaves the entry of a slot to be swept when its turn comes. */
    void kill(int slot) {
      ring.putInt(index[slot] - 1 + SLOT_AT, DEAD);
      index[slot] = 0;
    }

    boolean hasRoomFor(ByteBuffer entry) {
      return usedBytes + 2 * entry.limit() <= ring.capacity();
    }

    /** Adds an entry of a key that is not here, at the cost of the oldest ones. */
    void append(ByteBuffer entry, int hash) {
      int size = entry.limit();
      int toEnd = ring.capacity() - head;
      if (toEnd < size) {
        makeRoom(toEnd);
        if (toEnd > 0) {
          ring.putShort(head, (short) toEnd).putInt(head + SLOT_AT, DEAD);
        }
        usedBytes += toEnd;
        head = 0;
      }
      makeRoom(size);
      int slot = freeSlot(hash);
      entry.putInt(SLOT_AT, slot);
      ring.put(head, entry.array(), 0, size);
      index[slot] = head + 1;
      head += size;
      usedBytes += size;
    }

    private void makeRoom(int bytes) {
      while (usedBytes + bytes > ring.capacity()) {
        int slot = ring.getInt(tail + SLOT_AT);
        if (slot != DEAD) {
          index[slot] = 0;
        }
        int size = ring.getShort(tail);
        usedBytes -= size;
        tail = tail + size == ring.capacity() ? 0 : tail + size;
      }
    }

    private int freeSlot(int hash) {
      for (int probe = 0; probe < PROBES; probe++) {
        int slot = hash + probe & mask;
        if (index[slot] == 0) {
          return slot;
        }
      }
      int victim = hash + (head >>> 3) % PROBES & mask;
      kill(victim);
      return victim;
    }

    /** The same entries with more room. */
    Segment grown(int ringBytes) {
      Segment larger = new Segment(ringBytes);
      int at = tail;
      for (int left = usedBytes; left > 0; ) {
        int size = ring.getShort(at);
        if (ring.getInt(at + SLOT_AT) != DEAD) {
          byte[] entry = new byte[size];
          ring.get(at, entry);
          int keyEnd = KEY_AT + ring.getShort(at + KEY_LENGTH_AT);
          larger.append(ByteBuffer.wrap(entry), hash(Arrays.copyOfRange(entry, KEY_AT, keyEnd)));
        }
        left -= size;
        at = at + size == ring.capacity() ? 0 : at + size;
      }
      return larger;
    }
  }
}
