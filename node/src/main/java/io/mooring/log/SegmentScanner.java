package io.mooring.log;

import io.mooring.raft.core.Entry;
import io.mooring.raft.core.EntryId;
import io.mooring.raft.core.HardState;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Walks the groups of one segment and checks everything it passes (S4, S16). */
final class SegmentScanner {

  private final Records records = new Records();
  private final FileWindow window;
  private final SegmentHeader header;
  private LogTail tail;
  private @Nullable Damage damage;
  private final Overwrites overwrites;

  /** Why a walk could not go on. */
  record Damage(long offset, String what) {}

  /**
   * Prepares a walk.
   *
   * @param overwrites learns which groups replace what was before them
   */
  SegmentScanner(String name, FileStore.File file, SegmentHeader header, Overwrites overwrites) {
    this(name, file, header, LogTail.startOf(header), overwrites);
  }

  /** The same from a place that an earlier walk has come to. */
  SegmentScanner(
      String name, FileStore.File file, SegmentHeader header, LogTail from, Overwrites overwrites) {
    this.overwrites = overwrites;
    this.window = new FileWindow(name, file);
    this.header = header;
    this.tail = from;
  }

  /** What the groups so far have led to. */
  LogTail tail() {
    return tail;
  }

  /** What ended the walk; null when it ended at zeros or at the end of the file. */
  @Nullable Damage damage() {
    return damage;
  }

  /**
   * Checks the next group, whole, and moves behind it.
   *
   * @param from entries below this index are checked but not returned
   * @return null at the end, or at damage
   */
  @Nullable List<Entry> nextGroup(long from) {
    long start = tail.position();
    if (isZero(start)) {
      return null;
    }
    int at = record(start, tail.chain());
    if (at < 0) {
      return null;
    }
    ByteBuffer in = window.buffer();
    if (in.get(at + 4) != Records.TYPE_GROUP || in.getInt(at) != Records.GROUP_PAYLOAD_BYTES) {
      return damaged(start, "a record outside a group");
    }
    int payload = at + Records.HEADER_BYTES;
    long end = start + in.getLong(payload);
    long previousEnd = in.getLong(payload + 8);
    HardState hardState = new HardState(in.getLong(at + 16), in.getLong(payload + 16));
    long commitIndex = in.getLong(payload + 24);
    long number = in.getLong(at + 8);
    if (number != tail.groupNumber() + 1
        || previousEnd != start
        || hardState.term() < tail.hardState().term()) {
      return damaged(start, "the group does not follow the one before");
    }
    if (end < start + Records.GROUP_BYTES || end > window.size()) {
      return damaged(start, "the group is cut");
    }
    List<Entry> entries = new ArrayList<>();
    EntryId last = tail.last();
    long replacesFrom = 0;
    int chain = Records.chain(in, at);
    for (long offset = start + Records.GROUP_BYTES; offset < end; ) {
      at = record(offset, chain);
      if (at < 0) {
        return null;
      }
      in = window.buffer();
      boolean isFirst = offset == start + Records.GROUP_BYTES;
      boolean replaces = isFirst && isReplacement(in, at, last, hardState.term());
      if (!replaces && !isEntryAfter(in, at, last, hardState.term())) {
        return damaged(offset, "the entry does not follow index " + last.index());
      }
      last = new EntryId(in.getLong(at + 8), in.getLong(at + 16));
      replacesFrom = replaces ? last.index() : replacesFrom;
      if (last.index() >= from) {
        entries.add(entry(in, at, last));
      }
      chain = Records.chain(in, at);
      offset += Records.recordBytes(in.getInt(at));
      if (offset > end) {
        return damaged(start, "the group ends inside a record");
      }
    }
    if (replacesFrom > 0) {
      overwrites.note(number, replacesFrom);
    }
    tail = new LogTail(end, chain, number, last, hardState, commitIndex);
    return entries;
  }

  /**
   * Looks for the beginning of any later group. One can only have been written after the group at
   * the tail had been synced.
   *
   * @return its offset, or -1
   */
  long laterGroup() {
    int step = 8;
    long first = Records.align(tail.position() + 1);
    for (long offset = first; offset + Records.GROUP_BYTES <= window.size(); offset += step) {
      int at = window.at(offset, Records.GROUP_BYTES);
      ByteBuffer in = window.buffer();
      if (in.get(at + 4) == Records.TYPE_GROUP
          && in.getLong(at + 24) == header.id()
          && records.isHeader(in, at, header.id())) {
        return offset;
      }
    }
    return -1;
  }

  /** Offset behind the last byte that is not zero, from the tail on. */
  long endOfData() {
    return window.endOfData(tail.position());
  }

  private boolean isZero(long offset) {
    int bytes = (int) Math.min(Records.HEADER_BYTES, Math.max(0, window.size() - offset));
    int at = window.at(offset, bytes);
    for (int i = 0; i < bytes; i++) {
      if (window.buffer().get(at + i) != 0) {
        return false;
      }
    }
    return true;
  }

  /** Where an intact record begins in the buffer, or -1 with the damage noted. */
  private int record(long offset, int chain) {
    int at = window.at(offset, Records.HEADER_BYTES);
    if (at < 0) {
      damaged(offset, "the file ends inside a record");
      return -1;
    }
    if (!records.isHeader(window.buffer(), at, header.id())) {
      damaged(offset, "checksum of a record header");
      return -1;
    }
    // The length is now trusted, and bounded again by what the file holds before it is allocated.
    int bytes = Records.recordBytes(window.buffer().getInt(at));
    at = window.at(offset, bytes);
    if (at < 0) {
      damaged(offset, "the file ends inside a record");
      return -1;
    }
    if (!records.follows(window.buffer(), at, chain)) {
      damaged(offset, "checksum of a record");
      return -1;
    }
    return at;
  }

  private static boolean isEntryAfter(ByteBuffer in, int at, EntryId last, long maxTerm) {
    long term = in.getLong(at + 16);
    return in.get(at + 4) >= Records.TYPE_FIRST_ENTRY
        && in.getLong(at + 8) == last.index() + 1
        && term >= last.term()
        && term <= maxTerm;
  }

  /** A new leader replaces what was not committed, never what was (R9). */
  private boolean isReplacement(ByteBuffer in, int at, EntryId last, long maxTerm) {
    return in.get(at + 4) >= Records.TYPE_FIRST_ENTRY
        && in.getLong(at + 8) <= last.index()
        && in.getLong(at + 8) > tail.commitIndex()
        && in.getLong(at + 16) <= maxTerm;
  }

  private static Entry entry(ByteBuffer in, int at, EntryId id) {
    byte[] data = new byte[in.getInt(at)];
    in.get(at + Records.HEADER_BYTES, data);
    return new Entry(id.index(), id.term(), Records.kind(in.get(at + 4)), data);
  }

  private @Nullable List<Entry> damaged(long offset, String what) {
    damage = new Damage(offset, what);
    return null;
  }
}
