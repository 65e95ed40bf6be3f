package io.mooring.api.storage.ordered;

import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;

/**
 * Puts the records of rows into slabs, and uses a slab again when nobody can see a row of it any
 * more. The apply thread's.
 *
 * <pre>
 *   current ──full──► in use ──last row gone──► emptied ──next heap state──► retired ──► free
 *      ▲                                                     no reader of its epochs left  │
 *      └───────────────────────────────────────────────────────────────────────────────────┘
 * </pre>
 *
 * <p>A row is gone when the store has it and the heap state published next does not: it was merged,
 * or superseded by a change that the writer has seen. Rows are uniformly old when they go, so a
 * slab outlives most of them, and slabs take about twice the bytes of their rows.
 */
final class Slabs {

  /** Longer records stay objects of their own: there are few of them to a megabyte. */
  private static final int SMALLEST_SHARE = 16;

  /** Free slabs beyond so many bytes are left to the collector. */
  private static final int MAX_FREE_BYTES = 64 << 20;

  /** A slab that only readers of the epochs up to its last may see. */
  private record Retired(Slab slab, long lastEpoch) {}

  private final ArrayDeque<Slab> free = new ArrayDeque<>();
  private final ArrayDeque<Retired> retired = new ArrayDeque<>();
  private final List<Slab> emptied = new ArrayList<>();

  /** Epochs that have ended, while they have readers; oldest first. */
  private final ArrayDeque<ReaderEpoch> past = new ArrayDeque<>();

  private ReaderEpoch epoch = new ReaderEpoch(0);
  private Slab current;
  private final int slabBytes;

  Slabs(int slabBytes) {
    this.slabBytes = slabBytes;
    current = new Slab(slabBytes);
  }

  /** The epoch of heap states published now. */
  ReaderEpoch epoch() {
    return epoch;
  }

  /**
   * Copies a row's record into a slab.
   *
   * @param row what describes the change
   * @param record its stored form with the key inside, from position to limit
   * @return the row to be kept, which stands in a slab; the given one when the record is too large
   */
  Row add(Row row, ByteBuffer record) {
    int length = record.remaining();
    if (length > slabBytes / SMALLEST_SHARE) {
      return row;
    }
    if (current.usedBytes + length > slabBytes) {
      Slab full = current;
      current = take();
      if (full.liveRows == 0) {
        emptied.add(full);
      }
    }
    Slab slab = current;
    int offset = slab.usedBytes;
    slab.bytes.put(offset, record, record.position(), length);
    slab.usedBytes += length;
    slab.liveRows++;
    return row.in(slab, offset, length);
  }

  private Slab take() {
    reclaim();
    Slab slab = free.poll();
    if (slab == null) {
      slab = new Slab(slabBytes);
    }
    slab.usedBytes = 0;
    slab.firstEpoch = epoch.number;
    return slab;
  }

  /** The heap state to be published next has this row no more, and the writer is done with it. */
  void gone(Row row) {
    Slab slab = row.slab;
    if (slab == null) {
      return;
    }
    if (--slab.liveRows < 0) {
      throw new IllegalStateException("a row left its slab twice");
    }
    if (slab.liveRows == 0 && slab != current) {
      emptied.add(slab);
    }
  }

  /** {@link #gone} of each. */
  void allGone(Row[] rows) {
    for (Row row : rows) {
      gone(row);
    }
  }

  /**
   * Begins a new epoch if slabs were emptied. The next heap state published must be of the epoch
   * returned, and {@link #published} be called behind it.
   */
  ReaderEpoch nextEpoch() {
    return emptied.isEmpty() ? epoch : new ReaderEpoch(epoch.number + 1);
  }

  /**
   * A heap state of an epoch was published: what was emptied before is seen by earlier ones only.
   */
  void published(ReaderEpoch newEpoch) {
    if (newEpoch == epoch) {
      return;
    }
    for (Slab slab : emptied) {
      retired.add(new Retired(slab, epoch.number));
    }
    emptied.clear();
    past.add(epoch);
    epoch = newEpoch;
  }

  private void reclaim() {
    past.removeIf(ended -> !ended.hasReaders());
    for (Iterator<Retired> all = retired.iterator(); all.hasNext(); ) {
      Retired next = all.next();
      if (!seen(next)) {
        all.remove();
        assert poisoned(next.slab());
        if (free.size() < MAX_FREE_BYTES / slabBytes) {
          free.add(next.slab());
        }
      }
    }
  }

  /** So that a test notices who still reads it. */
  private static boolean poisoned(Slab slab) {
    for (int at = 0; at < slab.bytes.capacity(); at++) {
      slab.bytes.put(at, (byte) 0xdb);
    }
    return true;
  }

  private boolean seen(Retired retiredSlab) {
    for (ReaderEpoch ended : past) {
      if (ended.number >= retiredSlab.slab().firstEpoch
          && ended.number <= retiredSlab.lastEpoch()) {
        return true;
      }
    }
    return false;
  }
}
