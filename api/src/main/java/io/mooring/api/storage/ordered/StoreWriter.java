package io.mooring.api.storage.ordered;

import io.mooring.api.storage.EngineConfig;
import io.mooring.api.storage.EngineException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * The writer thread: takes commits from the backlog and puts them into the store, many to a
 * transaction, with a share of merging and of compaction in each, sized so that no transaction
 * takes long.
 */
final class StoreWriter {

  private static final int MIN_TRANSACTION_ROWS = 1_000;

  /** Merging in a transaction without new commits: compaction waits for it, or nothing else is. */
  private static final int CATCH_UP_ROWS = 5_000;

  /** After so long without a commit all that waits is merged: the next start replays nothing. */
  private static final long IDLE_NS = 1_000_000_000;

  /** How often to look whether a pin still holds compaction back. */
  private static final long PIN_WAIT_NS = 1_000_000_000;

  private final OrderedEngine engine;
  private final EngineConfig config;
  private final OrderedProfile profile;
  private final OrderedStore store;
  private final Backlog backlog;
  private final StoreMeta meta;
  private final RecordCodec codec;
  private final Merger merger;
  private final Compactor compactor;
  private final Thread thread;

  private final List<PendingCommit> taken = new ArrayList<>();
  private final VersionSlot slot = new VersionSlot();
  private int transactionRows;
  private long sequence;
  private long hastenedSequence;

  /** Nobody has written for a while. */
  private boolean idle;

  // Published to every thread.
  private volatile long removedBelow;
  private volatile long reclaimedRevision;
  private volatile long reclaimedBytes;
  private volatile long highestDead;
  private volatile long overlayBytes;

  StoreWriter(
      OrderedEngine engine,
      EngineConfig config,
      OrderedProfile profile,
      OrderedStore store,
      Backlog backlog,
      StoreMeta meta) {
    this.engine = engine;
    this.config = config;
    this.profile = profile;
    this.store = store;
    this.backlog = backlog;
    this.meta = meta;
    codec = new RecordCodec(config.directory().toString());
    merger = new Merger(profile, meta, codec, engine::changed);
    compactor = new Compactor(store, meta, codec);
    transactionRows = profile.transactionRows() / 2;
    removedBelow = Math.min(compactor.removedBelow(), Math.max(0, meta.compactRevision));
    reclaimedRevision = meta.historyFrom == 0 ? -1 : removedBelow;
    reclaimedBytes = meta.reclaimedBytes;
    highestDead = meta.highestDead;
    overlayBytes = merger.unmergedBytes();
    thread = new Thread(this::run, engine.name() + "-writer");
    thread.setDaemon(true);
  }

  void start() {
    thread.start();
  }

  private void run() {
    try {
      long waitNs = 0;
      while (!backlog.finished()) {
        waitNs = turn(waitNs);
      }
    } catch (EngineException e) {
      engine.noted(e);
    } catch (RuntimeException | Error e) {
      String message = "writing to " + config.directory() + " failed: " + e;
      engine.noted(new EngineException(EngineException.Kind.IO, message, e));
    }
  }

  /** One turn; returns how long the next one may wait for work. */
  private long turn(long waitNs) {
    taken.clear();
    boolean hurry = backlog.take(transactionRows, profile.transactionBytes(), waitNs, taken);
    idle = taken.isEmpty() && (idle || waitNs > 0);
    boolean catchUp = idle && merger.waiting();
    if (compactor.phase() == Compactor.Phase.IDLE) {
      long target = compactTarget();
      if (target > meta.historyFrom) {
        if (merger.mergedBelow() < target) {
          catchUp = true;
          merger.aimFor(target);
        } else {
          compactor.begin(target);
        }
      }
    }
    boolean compacting = compactor.phase() != Compactor.Phase.IDLE;
    if (!taken.isEmpty() || compacting || catchUp) {
      transaction(compacting, catchUp);
    }
    if (hurry && sequence > hastenedSequence) {
      hastenedSequence = sequence;
      store.hasten();
    }
    if (compactor.phase() != Compactor.Phase.IDLE || compactTarget() > meta.historyFrom) {
      return 0;
    }
    if (merger.waiting()) {
      return idle ? 0 : IDLE_NS;
    }
    return meta.compactRevision > meta.historyFrom ? PIN_WAIT_NS : Long.MAX_VALUE;
  }

  /** What may be removed now; pins may hold back the rest. */
  private long compactTarget() {
    return Math.min(meta.compactRevision, config.pins().lowest());
  }

  private void transaction(boolean compacting, boolean catchUp) {
    long startNs = System.nanoTime();
    int changes = 0;
    List<TableRow> tableRows = new ArrayList<>();
    try (StoreTxn txn = store.begin()) {
      if (compacting) {
        // Before the appends: it walks to the end of what stands there, and is told the truth.
        compactor.slice(txn);
      }
      for (PendingCommit commit : taken) {
        changes += commit.changes().length;
        write(txn, commit, tableRows);
      }
      merger.merge(txn, Math.max(merger.quota(changes), catchUp ? CATCH_UP_ROWS : 0));
      meta.write(txn, codec);
      // Bounds that readers rely on move before anything that they bound can be seen.
      highestDead = meta.highestDead;
      removedBelow = Math.max(removedBelow, compacting ? compactor.removedBelow() : 0);
      txn.commit(sequence);
    }
    long tookNs = System.nanoTime() - startNs;
    adapt(tookNs);
    overlayBytes = merger.unmergedBytes();
    reclaimedBytes = meta.reclaimedBytes;
    engine.stored(
        new Stored(
            merger.takeMerged(),
            merger.takeSuperseded(),
            tableRows.toArray(new TableRow[0]),
            meta.historyThrough));
    backlog.written(sequence);
    config.listener().wrote(tookNs); // behind what the upkeep that it asks for needs
    if (compacting && compactor.phase() == Compactor.Phase.IDLE) {
      reclaimedRevision = meta.historyFrom;
      config.listener().reclaimed(meta.historyFrom);
    }
  }

  /**
   * Fits the next transaction to the time that this one took. It shrinks slowly and not below a
   * floor: on a disk that is slow to sync, smaller transactions only make more of them.
   */
  private void adapt(long tookNs) {
    int most = profile.transactionRows();
    if (tookNs > profile.transactionNs()) {
      int least = Math.min(most, MIN_TRANSACTION_ROWS);
      transactionRows = Math.max(least, transactionRows - transactionRows / 4);
    } else if (tookNs < profile.transactionNs() / 4 * 3) {
      transactionRows = Math.min(most, transactionRows + transactionRows / 4);
    }
  }

  private void write(StoreTxn txn, PendingCommit commit, List<TableRow> tableRows) {
    Row[] seeds = commit.seeds();
    for (Row seed : seeds) {
      merger.seed(txn, seed);
      meta.historyFrom = Math.max(meta.historyFrom, seed.main + 1);
    }
    for (Row row : commit.changes()) {
      append(txn, row, seeds);
    }
    for (TableRow row : commit.tables()) {
      writeTableRow(txn, row);
      tableRows.add(row);
    }
    meta.appliedIndex = commit.state().appliedIndex();
    meta.appliedTerm = commit.state().appliedTerm();
    meta.revision = commit.state().revision();
    meta.compactRevision = commit.state().compactRevision();
    meta.keyCount = commit.state().keyCount();
    meta.writtenBytes = commit.writtenBytes();
    sequence = commit.sequence();
  }

  private void append(StoreTxn txn, Row row, Row[] seeds) {
    long previousMain = row.previousMain();
    boolean replaces = row.version != 1 && previousMain != 0;
    if (replaces && previousMain < Math.max(compactor.removedBelow(), meta.historyFrom)) {
      keepReplaced(txn, row, seeds);
    }
    byte[] revision = RevisionKey.of(row.main, row.sub);
    txn.append(Space.HISTORY, revision, codec.encode(row, true, 0));
    meta.historyThrough = row.main;
    meta.historyWeight += StoreMeta.weightOf(row.logicalBytes());
    merger.add(row);
  }

  /**
   * Puts a version that history no longer has into base, now that it stops being the newest. It has
   * been merged long ago, so latest shows it.
   */
  private void keepReplaced(StoreTxn txn, Row row, Row[] seeds) {
    Row replaced = null;
    ByteBuffer stored = txn.get(Space.LATEST, row.key);
    if (stored != null) {
      codec.decode(ByteBuffer.wrap(row.key), stored, slot);
      replaced = slot.toRow(row.key, true, false, codec);
    }
    if (seeds.length > 0) {
      int at = Arrays.binarySearch(seeds, row, (a, b) -> Arrays.compareUnsigned(a.key, b.key));
      replaced = at >= 0 ? seeds[at] : replaced;
    }
    Links links = row.links();
    if (replaced == null || replaced.compareRevision(links.previousMain, links.previousSub) != 0) {
      throw codec.damaged("that a change replaces is not what latest shows", null);
    }
    byte[] revision = RevisionKey.of(replaced.main, replaced.sub);
    ByteBuffer kept = codec.encode(replaced, true, BaseRow.PREFIX_BYTES);
    txn.put(Space.BASE, revision, BaseRow.stamp(kept, compactor.stamp()));
  }

  private void writeTableRow(StoreTxn txn, TableRow row) {
    byte[] value = row.value();
    if (value == null) {
      txn.delete(Space.TABLE, row.storeKey());
      return;
    }
    int checksum = codec.checksum(row.storeKey(), value);
    ByteBuffer out = codec.room(Integer.BYTES + value.length).putInt(checksum).put(value).flip();
    txn.put(Space.TABLE, row.storeKey(), out);
  }

  /** Waits until everything taken and waiting is written and the thread has ended. */
  void awaitEnd() {
    boolean interrupted = false;
    while (thread.isAlive()) {
      try {
        thread.join();
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  /** Main revision below which history may be gone from any view opened from now on. */
  long removedBelow() {
    return removedBelow;
  }

  long reclaimedRevision() {
    return reclaimedRevision;
  }

  long reclaimedBytes() {
    return reclaimedBytes;
  }

  long highestDead() {
    return highestDead;
  }

  long overlayBytes() {
    return overlayBytes;
  }
}
