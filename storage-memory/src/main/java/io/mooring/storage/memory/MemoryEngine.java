package io.mooring.storage.memory;

import io.mooring.api.storage.EngineConfig;
import io.mooring.api.storage.EngineException;
import io.mooring.api.storage.EngineException.Kind;
import io.mooring.api.storage.EngineListener;
import io.mooring.api.storage.EngineState;
import io.mooring.api.storage.EngineStats;
import io.mooring.api.storage.MvccEngine;
import io.mooring.api.storage.Peek;
import io.mooring.api.storage.Snapshot;
import io.mooring.api.storage.Version;
import io.mooring.api.storage.WriteBatch;
import io.mooring.api.storage.transfer.TransferReader;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.atomic.LongAdder;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The store as persistent trees on the heap. A commit makes a new {@link Root}; a snapshot is a
 * root and costs nothing. A crash leaves the newest snapshot file, and the log has the rest.
 */
final class MemoryEngine implements MvccEngine {

  static final String NAME = "memory";

  /** Up to this size, written in about a fifth of a second, a store is saved as it closes. */
  private static final long CLOSE_WRITES_BYTES = 64L << 20;

  private static final Logger LOG = LoggerFactory.getLogger(MemoryEngine.class);

  private final EngineConfig config;
  private final EngineListener listener;
  private final SnapshotFiles files;
  private final SnapshotWriter writer;
  private final Reclaimer reclaimer;
  private final LongAdder openSnapshots = new LongAdder();
  private volatile Root root = Root.empty();
  private volatile boolean closed;

  // Apply thread only.
  private final History.Appender history = new History.Appender();
  private boolean batchOpen;

  private MemoryEngine(EngineConfig config, SnapshotFiles files) {
    this.config = config;
    this.files = files;
    listener = config.listener();
    reclaimer = new Reclaimer(config.pins());
    writer = new SnapshotWriter(this, files, listener);
  }

  /**
   * Opens what a directory holds: the newest snapshot file, or an older one if that is damaged.
   * Whether the log reaches back that far is for its owner to see, from the applied index.
   */
  static MemoryEngine open(EngineConfig config, SnapshotDisk disk) {
    SnapshotFiles files = new SnapshotFiles(config.directory(), disk);
    try {
      files.removeTemporaries();
      List<Path> found = files.list();
      if (found.isEmpty()) {
        MemoryEngine empty = new MemoryEngine(config, files);
        empty.writer.start(new SnapshotWriter.Durable(0, 0));
        return empty;
      }
      StringBuilder damage = new StringBuilder();
      for (Path file : found) {
        try {
          return load(config, files, file);
        } catch (EngineException e) {
          if (e.kind() != Kind.CORRUPT) {
            throw e;
          }
          LOG.error("Snapshot file cannot be used, trying an older one: {}", e.getMessage());
          damage.append("; ").append(e.getMessage());
        }
      }
      throw new EngineException(
          Kind.CORRUPT, "B84 no usable snapshot file in " + config.directory() + damage, null);
    } catch (IOException e) {
      throw new EngineException(Kind.IO, "cannot read " + config.directory() + ": " + e, e);
    }
  }

  /** An engine that took damaged bytes is dropped here; it has started nothing yet. */
  private static MemoryEngine load(EngineConfig config, SnapshotFiles files, Path file)
      throws IOException {
    MemoryEngine engine = new MemoryEngine(config, files);
    try (TransferReader loader = TransferReader.into(engine)) {
      SnapshotFiles.read(file, loader);
    }
    Root loaded = engine.root;
    engine.reclaimer.allReclaimedBelow(loaded.state().compactRevision());
    engine.writer.start(
        new SnapshotWriter.Durable(loaded.state().appliedIndex(), loaded.loggedBytes()));
    return engine;
  }

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public EngineState state() {
    return root.state();
  }

  @Override
  public long durableIndex() {
    return writer.durable().appliedIndex();
  }

  @Override
  public long fallbackIndex() {
    return writer.olderIndex();
  }

  @Override
  public WriteBatch begin() {
    checkWritable();
    if (batchOpen) {
      throw new IllegalStateException("a batch is open already");
    }
    batchOpen = true;
    return new MemoryBatch(this, root, history);
  }

  /** A batch commits. */
  void publish(Root next) {
    Root.Epoch before = root.epoch();
    root = next;
    batchOpen = false;
    if (next.epoch() != before) {
      reclaimer.epochEnded(before);
    }
    boundTheLog(next);
  }

  /**
   * The log since the newest snapshot file is what a restart replays. It may grow as long as the
   * store itself, so that a large store is not written out for every few megabytes of changes; at
   * twice that the commit waits for the writer.
   */
  private void boundTheLog(Root next) {
    if (next.state().appliedIndex() == 0) {
      return; // a transfer is being loaded: there is nothing to replay, and no file to write yet
    }
    long bound = Math.max(config.maxBacklogBytes(), next.state().logicalBytes());
    SnapshotWriter.Durable durable = writer.durable();
    long logged = next.loggedBytes() - durable.loggedBytes();
    if (logged > bound && !writer.busy()) {
      writer.request(next.state().appliedIndex());
    } else if (logged > 2 * bound) {
      writer.await(durable.appliedIndex() + 1);
    }
  }

  void discarded() {
    batchOpen = false;
  }

  @Override
  public Snapshot snapshot() {
    checkOpen();
    return openSnapshot();
  }

  /** Opens a snapshot, for the writer also while closing. */
  MemorySnapshot openSnapshot() {
    return new MemorySnapshot(this, enter());
  }

  /**
   * Enters the epoch of the newest root. The second look closes a race: between the first look and
   * entering, the epoch may have ended and been found empty; but then it is not current any more.
   */
  private Root enter() {
    while (true) {
      Root seen = root;
      seen.epoch().enter();
      if (root.epoch() == seen.epoch()) {
        openSnapshots.increment();
        return seen;
      }
      seen.epoch().leave();
    }
  }

  void leave(Root entered) {
    entered.epoch().leave();
    openSnapshots.decrement();
  }

  @Override
  public Peek peek(byte[] key, long atRevision) {
    checkOpen();
    Root seen = root;
    if (atRevision < seen.state().compactRevision()) {
      return Peek.UNKNOWN;
    }
    Row newest = seen.live().get(key);
    if (newest != null && newest.main <= atRevision) {
      return new Peek(true, newest.toVersion(true));
    }
    if (newest == null && seen.dead().get(key) == null) {
      return Peek.ABSENT;
    }
    return peekBehindNewest(key, atRevision);
  }

  private Peek peekBehindNewest(byte[] key, long atRevision) {
    try (Snapshot snapshot = snapshot()) {
      if (atRevision < snapshot.state().compactRevision()) {
        return Peek.UNKNOWN;
      }
      Version version = snapshot.get(key, atRevision, true);
      return version == null ? Peek.ABSENT : new Peek(true, version);
    }
  }

  @Override
  public boolean heapResident() {
    return true;
  }

  @Override
  public boolean maintain() {
    checkOpen();
    if (batchOpen) {
      throw new IllegalStateException("maintain while a batch is open");
    }
    long before = reclaimer.reclaimedRevision();
    Root next = reclaimer.slice(root, history);
    if (next == null) {
      return false;
    }
    root = next;
    long after = reclaimer.reclaimedRevision();
    if (after != before) {
      listener.reclaimed(after);
    }
    return reclaimer.waiting(next);
  }

  @Override
  public long reclaimedRevision() {
    return reclaimer.reclaimedRevision();
  }

  @Override
  public long sync() {
    checkWritable();
    writeOut();
    return durableIndex();
  }

  private void writeOut() {
    long applied = root.state().appliedIndex();
    writer.request(applied);
    writer.await(applied);
  }

  @Override
  public EngineStats stats() {
    Root seen = root;
    SnapshotWriter.Durable durable = writer.durable();
    long disk = files.bytesOnDisk();
    return new EngineStats(
        disk,
        disk,
        heapBytes(seen),
        seen.state().appliedIndex() - durable.appliedIndex(),
        seen.loggedBytes() - durable.loggedBytes(),
        openSnapshots.intValue());
  }

  /** About 160 bytes of row, headers and tree for each version beside its own bytes. */
  private static long heapBytes(Root seen) {
    long rows = seen.live().size() + seen.history().end() - seen.history().start();
    return seen.state().logicalBytes() + rows * 160;
  }

  void checkOpen() {
    if (closed) {
      throw new EngineException(Kind.CLOSED, "S14 memory engine used after its close", null);
    }
  }

  private void checkWritable() {
    checkOpen();
    EngineException failure = writer.failure();
    if (failure != null) {
      throw new EngineException(
          failure.kind(), "memory engine has stopped: " + failure.getMessage(), failure);
    }
  }

  /**
   * Open snapshots need no waiting for: they hold heap memory only, and refuse from now on. A store
   * that is quickly written is written; a larger one leaves the newest commits to the log, which
   * has them whatever happens and is bounded, rather than let the member stop slowly.
   */
  @Override
  public void close() {
    if (closed) {
      return;
    }
    try {
      if (writer.failure() == null && root.state().logicalBytes() <= CLOSE_WRITES_BYTES) {
        writeOut();
      }
    } catch (EngineException e) {
      LOG.error("Closing without a snapshot file of the newest commits: {}", e.getMessage());
    } finally {
      closed = true;
      writer.stop();
    }
  }
}
