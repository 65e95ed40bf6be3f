package io.mooring.storage.memory;

import io.mooring.api.storage.EngineConfig;
import io.mooring.api.storage.EngineException;
import io.mooring.api.storage.EngineListener;
import io.mooring.api.storage.EngineState;
import io.mooring.api.storage.EngineStats;
import io.mooring.api.storage.MvccEngine;
import io.mooring.api.storage.Peek;
import io.mooring.api.storage.Snapshot;
import io.mooring.api.storage.WriteBatch;
import java.util.concurrent.atomic.LongAdder;

/**
 * The store as persistent trees on the heap. A commit makes a new {@link Root}; a snapshot is a
 * root and costs nothing.
 */
final class MemoryEngine implements MvccEngine {

  static final String NAME = "memory";

  private final EngineListener listener;
  private final Reclaimer reclaimer;
  private final LongAdder openSnapshots = new LongAdder();
  private volatile Root root;
  private volatile boolean closed;

  // Apply thread only.
  private final History.Appender history = new History.Appender();
  private boolean batchOpen;

  MemoryEngine(EngineConfig config) {
    listener = config.listener();
    root = Root.empty();
    reclaimer = new Reclaimer(config.pins(), root.state().compactRevision());
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
    return 0; // the log alone keeps everything until snapshot files do
  }

  @Override
  public WriteBatch begin() {
    checkOpen();
    if (batchOpen) {
      throw new IllegalStateException("a batch is open already");
    }
    batchOpen = true;
    return new MemoryBatch(this, root, history);
  }

  /** A batch commits. */
  void publish(Root next, long writtenBytes) {
    Root.Epoch before = root.epoch();
    root = next;
    batchOpen = false;
    if (next.epoch() != before) {
      reclaimer.epochEnded(before);
    }
  }

  void discarded() {
    batchOpen = false;
  }

  @Override
  public Snapshot snapshot() {
    checkOpen();
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
      var version = snapshot.get(key, atRevision, true);
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
    checkOpen();
    return durableIndex();
  }

  @Override
  public EngineStats stats() {
    Root seen = root;
    return new EngineStats(0, 0, heapBytes(seen), 0, 0, openSnapshots.intValue());
  }

  /** About 160 bytes of row, headers and tree for each version beside its own bytes. */
  private static long heapBytes(Root seen) {
    long rows = seen.live().size() + seen.history().end() - seen.history().start();
    return seen.state().logicalBytes() + rows * 160;
  }

  void checkOpen() {
    if (closed) {
      throw new EngineException(
          EngineException.Kind.CLOSED, "S14 memory engine used after its close", null);
    }
  }

  @Override
  public void close() {
    closed = true;
  }
}
