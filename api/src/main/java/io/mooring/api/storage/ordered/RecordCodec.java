package io.mooring.api.storage.ordered;

import io.mooring.api.storage.EngineException;
import java.nio.ByteBuffer;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * The stored form of a change, the same in history, base, latest and dead. Numbers are varints
 * unless a width stands beside them.
 *
 * <pre>
 *   | crc 4 | form 1 | main 8 | create 8 | sub | version | lease 8 if LEASE
 *   | links length | links | key length | key | payload length | payload crc 4 if LARGE | payload |
 *
 *   links: (main - previous main) + 1, or 0 | previous sub | previous bytes | level
 *          | per ancestor, to the end: main - its main, its sub, its level
 * </pre>
 *
 * <p>Links are decoded only when somebody follows them: a list of latest rows skips them.
 *
 * <p>The key is inside only where it is not the key of the row itself; else its length is 0. The
 * checksum (CRC32C) covers the key of the row first when the key is not inside, then everything
 * from {@code form} to the end; a LARGE payload has a checksum of its own instead, verified only
 * when somebody fetches the payload, so that counting keys never touches its pages.
 *
 * <p>One thread at a time: it owns the buffer that it encodes into and its checksums.
 */
final class RecordCodec {

  /** Longer payloads have a checksum of their own. */
  static final int LARGE_PAYLOAD_BYTES = 1024;

  private static final int FORM_LEASE = 1;
  private static final int FORM_LARGE = 2;
  private static final int FORM_KNOWN = FORM_LEASE | FORM_LARGE;

  private static final int FORM_AT = Integer.BYTES;
  private static final int MAIN_AT = FORM_AT + 1;
  private static final int CREATE_AT = MAIN_AT + Long.BYTES;
  private static final int SUB_AT = CREATE_AT + Long.BYTES;

  /** Everything but key, payload and ancestors. */
  private static final int FIXED_BYTES_MAX = 4 + 1 + 8 + 8 + 8 + 4 + 9 * 10;

  private static final int LINK_FIELDS_MAX = 40;
  private static final int ANCESTOR_BYTES_MAX = 30;
  private static final int SMALLEST_BUFFER_BYTES = 4096;

  private final String where;
  private final CRC32C crc = new CRC32C();
  private ByteBuffer linksBlock = ByteBuffer.allocate(256);
  private ByteBuffer out = ByteBuffer.allocateDirect(SMALLEST_BUFFER_BYTES);

  /** Where decoding stands in a record. */
  private int at;

  /**
   * Creates a codec.
   *
   * @param where names the store in messages about damage
   */
  RecordCodec(String where) {
    this.where = where;
  }

  /**
   * Encodes a change. The result is direct and borrowed until the next call.
   *
   * @param keyInside whether the key is part of the record
   * @param prefixBytes room left before the record, zero, for the caller to fill
   */
  ByteBuffer encode(Row row, boolean keyInside, int prefixBytes) {
    if (row.slab != null) {
      return encodeAgain(row, row.slab, keyInside, prefixBytes);
    }
    byte[] payload = row.hasPayload() ? row.payload() : Row.NO_BYTES;
    Links links = row.links();
    int needed =
        prefixBytes
            + FIXED_BYTES_MAX
            + links.ancestors.length / 2 * ANCESTOR_BYTES_MAX
            + row.key.length
            + payload.length;
    ByteBuffer to = room(needed);
    to.position(prefixBytes + Integer.BYTES);
    boolean large = payload.length > LARGE_PAYLOAD_BYTES;
    to.put((byte) ((row.leaseId != 0 ? FORM_LEASE : 0) | (large ? FORM_LARGE : 0)));
    to.putLong(row.main);
    to.putLong(row.createRevision);
    putVarint(to, row.sub);
    putVarint(to, row.version);
    if (row.leaseId != 0) {
      to.putLong(row.leaseId);
    }
    encodeLinks(to, row.main, links);
    putVarint(to, keyInside ? row.key.length : 0);
    if (keyInside) {
      to.put(row.key);
    }
    putVarint(to, payload.length);
    if (large) {
      crc.reset();
      crc.update(payload);
      to.putInt((int) crc.getValue());
    }
    int checkedEnd = to.position();
    to.put(payload);
    if (!large) {
      checkedEnd = to.position();
    }
    int end = to.position();
    crc.reset();
    if (!keyInside) {
      crc.update(row.key);
    }
    crc.update(to.limit(checkedEnd).position(prefixBytes + Integer.BYTES));
    to.limit(end);
    to.putInt(prefixBytes, (int) crc.getValue());
    return to.position(0);
  }

  /** Copies the record of a row in a slab, which has its key inside. */
  private ByteBuffer encodeAgain(Row row, Slab slab, boolean keyInside, int prefixBytes) {
    ByteBuffer to = room(prefixBytes + row.recordLength).position(prefixBytes);
    int start = row.recordOffset;
    if (keyInside) {
      return copy(slab, start, start + row.recordLength, to).flip();
    }
    ByteBuffer from = linksIn(slab.view, start);
    int linksLength = (int) getVarint(from);
    int keyLengthAt = from.position() + linksLength;
    from.position(keyLengthAt);
    int afterKey = (int) getVarint(from);
    afterKey += from.position();
    int end = start + row.recordLength;
    copy(slab, start, keyLengthAt, to).put((byte) 0);
    copy(slab, afterKey, end, to).flip();
    // A large payload's own checksum stands before it; the record's does not cover it.
    int covered = row.payloadLength > LARGE_PAYLOAD_BYTES ? row.payloadLength : 0;
    crc.reset();
    crc.update(row.key);
    int limit = to.limit();
    crc.update(to.limit(limit - covered).position(prefixBytes + Integer.BYTES));
    to.limit(limit).putInt(prefixBytes, (int) crc.getValue());
    return to.position(0);
  }

  private static ByteBuffer copy(Slab slab, int start, int end, ByteBuffer to) {
    to.put(to.position(), slab.view, start, end - start);
    return to.position(to.position() + end - start);
  }

  /** A reader of a record, at the length of its links. */
  private static ByteBuffer linksIn(ByteBuffer view, int start) {
    ByteBuffer from = view.duplicate().position(start + Integer.BYTES);
    byte form = from.get();
    from.position(from.position() + 2 * Long.BYTES);
    getVarint(from);
    getVarint(from);
    return (form & FORM_LEASE) == 0 ? from : from.position(from.position() + Long.BYTES);
  }

  /** The links in a record that was verified when it was made. */
  static Links linksOf(ByteBuffer view, int start, long main) {
    ByteBuffer from = linksIn(view, start);
    int linksLength = (int) getVarint(from);
    if (linksLength == 0) {
      return Links.NONE;
    }
    VersionSlot slot = new VersionSlot();
    slot.main = main;
    slot.payloadHolder = view;
    slot.linksOffset = from.position();
    slot.linksLength = linksLength;
    slot.linksPending = true;
    return slot.links();
  }

  /** {@link Links#previousMain} of a record that was verified when it was made. */
  static long previousMainOf(ByteBuffer view, int start, long main) {
    ByteBuffer from = linksIn(view, start);
    return getVarint(from) == 0 ? 0 : main + 1 - getVarint(from);
  }

  private void encodeLinks(ByteBuffer to, long main, Links links) {
    if (links.previousMain == 0) {
      putVarint(to, 0);
      return;
    }
    ByteBuffer block = linksRoom(LINK_FIELDS_MAX + links.ancestors.length / 2 * ANCESTOR_BYTES_MAX);
    putVarint(block, main - links.previousMain + 1);
    putVarint(block, links.previousSub);
    putVarint(block, links.previousBytes);
    putVarint(block, links.level);
    for (int i = 0; i < links.ancestors.length; i += 2) {
      putVarint(block, main - links.ancestors[i]);
      putVarint(block, Links.subOf(links.ancestors[i + 1]));
      putVarint(block, Links.levelOf(links.ancestors[i + 1]));
    }
    putVarint(to, block.position());
    to.put(block.flip());
  }

  private ByteBuffer linksRoom(int bytes) {
    if (linksBlock.capacity() < bytes) {
      linksBlock = ByteBuffer.allocate(bytes * 2);
    }
    return linksBlock.clear();
  }

  /**
   * Decodes a record whose key is the key of its row, and verifies it.
   *
   * @param record from position to limit; the slot borrows it
   */
  void decode(ByteBuffer rowKey, ByteBuffer record, VersionSlot slot) {
    decode(rowKey, record, record.position(), slot);
  }

  /** Decodes a record that holds its key, and verifies it. The slot borrows the record. */
  void decode(ByteBuffer record, VersionSlot slot) {
    decode(record, record, record.position(), slot);
  }

  private void decode(ByteBuffer rowKey, ByteBuffer record, int start, VersionSlot slot) {
    try {
      int stored = record.getInt(start);
      int form = record.get(start + FORM_AT);
      slot.row = null;
      slot.main = record.getLong(start + MAIN_AT);
      slot.createRevision = record.getLong(start + CREATE_AT);
      at = start + SUB_AT;
      slot.sub = (int) varint(record);
      slot.version = varint(record);
      slot.leaseId = 0;
      if ((form & FORM_LEASE) != 0) {
        slot.leaseId = record.getLong(at);
        at += Long.BYTES;
      }
      slot.linksLength = (int) varint(record);
      slot.linksOffset = at;
      slot.linksPending = true;
      at += slot.linksLength;
      int keyLength = (int) varint(record);
      int keyOffset = at;
      at += keyLength;
      slot.payloadLength = (int) varint(record);
      slot.payloadCrc = VersionSlot.UNCHECKED;
      if ((form & FORM_LARGE) != 0) {
        slot.payloadCrc = record.getInt(at) & 0xffffffffL;
        at += Integer.BYTES;
      }
      slot.payloadHolder = record;
      slot.payloadOffset = at;
      int end = slot.payloadOffset + slot.payloadLength;
      if (end != record.limit() || (form & ~FORM_KNOWN) != 0) {
        throw damaged("has a wrong length or form", null);
      }
      int checkedEnd = slot.payloadCrc == VersionSlot.UNCHECKED ? end : slot.payloadOffset;
      verify(keyLength == 0 ? rowKey : null, record, start, checkedEnd, stored);
      if (keyLength != 0) {
        slot.key = record.duplicate().limit(keyOffset + keyLength).position(keyOffset);
      }
    } catch (IndexOutOfBoundsException | IllegalArgumentException e) {
      throw damaged("is cut short", e);
    }
  }

  /** Reads a varint where {@link #at} is, and moves that behind it. */
  private long varint(ByteBuffer from) {
    int place = at;
    byte first = from.get(place);
    if (first >= 0) {
      at = place + 1;
      return first;
    }
    long value = first & 0x7f;
    for (int shift = 7; shift < 64; shift += 7) {
      byte next = from.get(++place);
      value |= (next & 0x7fL) << shift;
      if (next >= 0) {
        at = place + 1;
        return value;
      }
    }
    throw new IllegalArgumentException("varint too long");
  }

  /** Decodes the links of the record that a slot shows, unless that is done. */
  static void decodeLinks(VersionSlot slot) {
    if (!slot.linksPending) {
      return;
    }
    slot.linksPending = false;
    Row row = slot.row;
    if (row != null) {
      slot.takeLinks(row.links());
      return;
    }
    slot.clearLinks();
    if (slot.linksLength == 0) {
      return;
    }
    ByteBuffer block = slot.payloadHolder.duplicate();
    int end = slot.linksOffset + slot.linksLength;
    block.limit(end).position(slot.linksOffset);
    slot.previousMain = slot.main + 1 - getVarint(block);
    slot.previousSub = (int) getVarint(block);
    slot.previousBytes = (int) getVarint(block);
    slot.level = (int) getVarint(block);
    while (block.position() < end) {
      long ancestorMain = slot.main - getVarint(block);
      int ancestorSub = (int) getVarint(block);
      int ancestorLevel = (int) getVarint(block);
      slot.addAncestor(ancestorMain, Links.pack(ancestorSub, ancestorLevel));
    }
  }

  private void verify(
      @Nullable ByteBuffer rowKey, ByteBuffer record, int start, int checkedEnd, int stored) {
    crc.reset();
    if (rowKey != null) {
      int keyStart = rowKey.position();
      crc.update(rowKey);
      rowKey.position(keyStart);
    }
    int limit = record.limit();
    crc.update(record.limit(checkedEnd).position(start + FORM_AT));
    record.limit(limit).position(start);
    if ((int) crc.getValue() != stored) {
      throw damaged("does not match its checksum", null);
    }
  }

  /** Verifies a payload that has a checksum of its own; leaves its position. */
  void checkPayload(ByteBuffer payload, long expected) {
    int start = payload.position();
    crc.reset();
    crc.update(payload);
    payload.position(start);
    if (crc.getValue() != expected) {
      throw damaged("has a payload that does not match its checksum", null);
    }
  }

  /** Checksum of two pieces of the heap, the first of them a key. */
  int checksum(byte[] key, byte[] value) {
    crc.reset();
    crc.update(key);
    crc.update(value);
    return (int) crc.getValue();
  }

  /** A direct buffer of this codec with at least so much room, cleared. Borrowed. */
  ByteBuffer room(int bytes) {
    if (out.capacity() < bytes) {
      out = ByteBuffer.allocateDirect(Math.max(bytes, out.capacity() * 2));
    }
    return out.clear();
  }

  EngineException damaged(String how, @Nullable Throwable cause) {
    return new EngineException(
        EngineException.Kind.CORRUPT,
        "a record of " + where + " " + how + "; restore this member from the others or a backup",
        cause);
  }

  static void putVarint(ByteBuffer to, long value) {
    long rest = value;
    while ((rest & ~0x7fL) != 0) {
      to.put((byte) (rest | 0x80));
      rest >>>= 7;
    }
    to.put((byte) rest);
  }

  static long getVarint(ByteBuffer from) {
    byte first = from.get();
    if (first >= 0) {
      return first;
    }
    long value = first & 0x7f;
    for (int shift = 7; shift < 64; shift += 7) {
      byte next = from.get();
      value |= (next & 0x7fL) << shift;
      if (next >= 0) {
        return value;
      }
    }
    throw new IllegalArgumentException("varint too long");
  }
}
