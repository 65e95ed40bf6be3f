package io.mooring.api.storage.ordered;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Removes what compaction has made unreadable, in slices inside the writer's transactions. How far
 * it got is part of the store's state record, so a crash costs at most one slice.
 *
 * <p>Towards a target C, the phases are:
 *
 * <ol>
 *   <li>{@code COPY}: walk history above C; what a change there replaced may still be read at C, so
 *       if it is below C it is copied to base, or, if it is there already, stamped anew. At the end
 *       of history everything that the past of C needs is in base or in latest. From the next
 *       append on, a change that replaces a version below C copies that version from latest.
 *   <li>{@code TRUNCATE}: remove history below C from the front; with a tombstone goes its row in
 *       dead. C itself stays: it can be read and watched.
 *   <li>{@code SWEEP}: remove rows of base that were last stamped for an earlier target.
 * </ol>
 *
 * <p>The target is the compact revision, but never above the lowest pin, nor above what is merged
 * into latest: replay needs that history.
 */
final class Compactor {

  /** Numbers are stored: never renumber. */
  enum Phase {
    IDLE(0),
    COPY(1),
    TRUNCATE(2),
    SWEEP(3);

    private final int number;

    Phase(int number) {
      this.number = number;
    }

    private static Phase of(long number) {
      for (Phase phase : values()) {
        if (phase.number == number) {
          return phase;
        }
      }
      throw new IllegalStateException("no phase of compaction has the number " + number);
    }
  }

  private static final int MIN_SLICE_RECORDS = 64;
  private static final int MAX_SLICE_RECORDS = 20_000;
  private static final long SLICE_NS = 10_000_000;

  private final OrderedStore store;
  private final StoreMeta meta;
  private final RecordCodec codec;
  private final VersionSlot slot = new VersionSlot();
  private int sliceRecords = 1000;

  Compactor(OrderedStore store, StoreMeta meta, RecordCodec codec) {
    this.store = store;
    this.meta = meta;
    this.codec = codec;
  }

  Phase phase() {
    return Phase.of(meta.compactPhase);
  }

  /** Main revision below which history is going or gone; base has what is needed of it. */
  long removedBelow() {
    return switch (phase()) {
      case IDLE, COPY -> meta.historyFrom;
      case TRUNCATE, SWEEP -> meta.compactTarget;
    };
  }

  /** What base rows written now are needed by. */
  long stamp() {
    return Math.max(meta.compactTarget, meta.historyFrom);
  }

  /** Begins to work towards a target; only when idle. */
  void begin(long target) {
    meta.compactTarget = target;
    enter(Phase.COPY, target, Integer.MAX_VALUE);
  }

  private void enter(Phase phase, long main, long sub) {
    meta.compactPhase = phase.number;
    meta.compactMain = main;
    meta.compactSub = sub;
  }

  /** Does one bounded slice inside a transaction, before that appends anything. */
  void slice(StoreTxn txn) {
    long startNs = System.nanoTime();
    int done;
    try (StoreView view = store.view()) {
      done =
          switch (phase()) {
            case IDLE -> 0;
            case COPY -> copy(view, txn);
            case TRUNCATE -> truncate(view, txn);
            case SWEEP -> sweep(view, txn);
          };
    }
    if (done == sliceRecords) {
      long tookNs = Math.max(1, System.nanoTime() - startNs);
      long fitting = Math.min(2L * sliceRecords, sliceRecords * SLICE_NS / tookNs);
      sliceRecords = (int) Math.max(MIN_SLICE_RECORDS, Math.min(MAX_SLICE_RECORDS, fitting));
    }
  }

  private boolean seekOnward(StoreCursor cursor) {
    boolean wrapped = meta.compactSub == Integer.MAX_VALUE;
    long main = wrapped ? meta.compactMain + 1 : meta.compactMain;
    return cursor.seek(RevisionKey.of(main, wrapped ? 0 : (int) meta.compactSub + 1));
  }

  private int copy(StoreView view, StoreTxn txn) {
    List<byte[]> needed = new ArrayList<>();
    int done = 0;
    try (StoreCursor history = view.cursor(Space.HISTORY)) {
      boolean there = seekOnward(history);
      while (there && done < sliceRecords) {
        codec.decode(history.value(), slot);
        RecordCodec.decodeLinks(slot);
        boolean replaces = slot.version != 1 && slot.previousMain != 0;
        if (replaces && slot.previousMain < meta.compactTarget) {
          needed.add(RevisionKey.of(slot.previousMain, slot.previousSub));
        }
        meta.compactMain = slot.main;
        meta.compactSub = slot.sub;
        done++;
        there = history.next();
      }
      if (!there) {
        enter(Phase.TRUNCATE, 0, 0);
      }
    }
    needed.sort(Arrays::compareUnsigned);
    for (byte[] revision : needed) {
      keep(view, txn, revision);
    }
    return done;
  }

  private void keep(StoreView view, StoreTxn txn, byte[] revision) {
    ByteBuffer kept = view.get(Space.BASE, revision);
    ByteBuffer row;
    if (kept != null) {
      row = codec.room(kept.remaining()).put(kept).flip();
    } else {
      ByteBuffer record = view.get(Space.HISTORY, revision);
      if (record == null) {
        throw codec.damaged("that the past needs is in neither history nor base", null);
      }
      row = codec.room(BaseRow.PREFIX_BYTES + record.remaining());
      row.position(BaseRow.PREFIX_BYTES).put(record).flip();
    }
    txn.put(Space.BASE, revision, BaseRow.stamp(row, meta.compactTarget));
  }

  private int truncate(StoreView view, StoreTxn txn) {
    long target = meta.compactTarget;
    int done = 0;
    boolean there;
    byte[] from = RevisionKey.of(meta.compactMain, (int) meta.compactSub);
    try (StoreCursor history = view.cursor(Space.HISTORY)) {
      there = seekOnward(history);
      while (there && done < sliceRecords) {
        codec.decode(history.value(), slot);
        if (slot.main > target) {
          there = false;
          break;
        }
        count(view, txn);
        meta.compactMain = slot.main;
        meta.compactSub = slot.sub;
        done++;
        there = history.next();
      }
    }
    byte[] end = RevisionKey.of(meta.compactMain, (int) meta.compactSub + 1);
    byte[] kept = RevisionKey.floor(target);
    byte[] to = Arrays.compareUnsigned(end, kept) < 0 ? end : kept;
    if (done > 0 && Arrays.compareUnsigned(from, to) < 0) {
      txn.deleteRange(Space.HISTORY, from, to);
    }
    if (!there) {
      meta.historyFrom = target;
      meta.countedThrough = target;
      enter(Phase.SWEEP, 0, 0);
    }
    return done;
  }

  /** Accounts for what goes with a change at or below the target, and drops its tombstone row. */
  private void count(StoreView view, StoreTxn txn) {
    if (slot.main > meta.countedThrough) {
      RecordCodec.decodeLinks(slot);
      meta.reclaimedBytes += slot.previousBytes;
    }
    if (!slot.tombstone() || slot.main == meta.compactTarget) {
      return;
    }
    byte[] key = VersionSlot.bytesOf(slot.key);
    long main = slot.main;
    int sub = slot.sub;
    meta.reclaimedBytes += key.length;
    ByteBuffer dead = view.get(Space.DEAD, key);
    if (dead != null) {
      codec.decode(ByteBuffer.wrap(key), dead, slot);
      if (slot.main == main && slot.sub == sub) {
        txn.delete(Space.DEAD, key);
      }
      slot.main = main;
      slot.sub = sub;
    }
  }

  private int sweep(StoreView view, StoreTxn txn) {
    int done = 0;
    try (StoreCursor base = view.cursor(Space.BASE)) {
      boolean there = seekOnward(base);
      while (there && done < sliceRecords) {
        ByteBuffer key = base.key();
        long neededBy = BaseRow.neededBy(base.value());
        if (neededBy < 0) {
          throw codec.damaged("in base has a damaged stamp", null);
        }
        meta.compactMain = RevisionKey.main(key);
        meta.compactSub = RevisionKey.sub(key);
        if (neededBy < meta.compactTarget) {
          txn.delete(Space.BASE, VersionSlot.bytesOf(key));
        }
        done++;
        there = base.next();
      }
      if (!there) {
        enter(Phase.IDLE, 0, 0);
      }
    }
    return done;
  }
}
