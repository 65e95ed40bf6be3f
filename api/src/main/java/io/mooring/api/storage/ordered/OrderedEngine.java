package io.mooring.api.storage.ordered;

import io.mooring.api.storage.EngineConfig;
import io.mooring.api.storage.EngineException;
import io.mooring.api.storage.EngineState;
import io.mooring.api.storage.EngineStats;
import io.mooring.api.storage.MvccEngine;
import io.mooring.api.storage.Peek;
import io.mooring.api.storage.Snapshot;
import io.mooring.api.storage.WriteBatch;
import io.mooring.api.storage.tree.PersistentTree;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * The multi-version engine over an {@link OrderedStore}.
 *
 * <p>A commit touches the heap only: it publishes a new {@link HeapState} and hands the changes to
 * the one writer thread, which appends them to the store's history, many commits to a transaction,
 * and merges the newest changes of keys into latest when their turn in key order comes. What a
 * committed store transaction holds is then dropped from the heap state, by the apply thread.
 *
 * <pre>
 *   apply thread ── HeapState (volatile) ──► readers: heap state first, then a store view
 *        │  ▲
 *  Backlog  Stored
 *        ▼  │
 *   writer thread ── one store transaction: history, latest, dead, base, tables, meta
 * </pre>
 */
public final class OrderedEngine implements MvccEngine {

  /**
   * Rows that one turn of the apply thread drops from the overlay at least; after a batch, twice
   * what that brought, which is what the writer merges for it: so dropping never falls behind.
   */
  private static final int TRIM_ROWS = 1024;

  private final String name;
  private final EngineConfig config;
  private final OrderedStore store;
  private final CodecPool codecs;
  private final RowCache cache;
  private final Backlog backlog;
  private final StoreWriter writer;

  private final AtomicInteger openSnapshots = new AtomicInteger();
  private final AtomicBoolean failed = new AtomicBoolean();
  private final AtomicBoolean closed = new AtomicBoolean();

  /** Closed for snapshots too, which may go on while {@link #close} waits for them. */
  private volatile boolean ended;

  private volatile HeapState heap;

  /** The overlay of {@link #heap}; ahead of it while a commit of seeds waits for the store. */
  private volatile PersistentTree<Row> changed;

  /** Highest index that the listener was told of. */
  private volatile long toldIndex;

  // The apply thread's.
  private final RecordCodec applyCodec;
  private final NewestCache newest;
  private final Slabs slabs;
  private final Trimmer trimmer;
  private @Nullable OrderedBatch batch;
  private @Nullable StoreView applyView;
  private int lastBatchRows;
  private long writtenBytes;
  private long lastChangeMain;
  private long sequence;

  /** Opens the engine over a store; see {@link #open}. */
  private OrderedEngine(
      String name,
      EngineConfig config,
      OrderedProfile profile,
      OrderedStore store,
      Recovery recovery) {
    this.name = name;
    this.config = config;
    this.store = store;
    StoreMeta meta = recovery.meta();
    codecs = new CodecPool(config.directory().toString());
    applyCodec = codecs.take();
    cache = new RowCache(profile.heapCacheBytes() / 4);
    newest = new NewestCache(profile.heapCacheBytes() / 4 * 3);
    slabs = recovery.slabs();
    trimmer = new Trimmer(slabs);
    heap = recovery.heap();
    changed = heap.overlay();
    toldIndex = meta.appliedIndex;
    writtenBytes = meta.writtenBytes;
    lastChangeMain = meta.historyThrough;
    backlog =
        new Backlog(
            config.maxBacklogBytes(), config.maxBacklogEntries(), profile, meta.appliedIndex);
    writer = new StoreWriter(this, config, profile, store, backlog, meta);
  }

  /**
   * Opens an engine over a store, which it closes with itself. Reads what stands there, replays the
   * bounded part of history that latest does not have, and starts the writer thread.
   *
   * @param name the provider's name
   */
  public static OrderedEngine open(
      String name, EngineConfig config, OrderedProfile profile, OrderedStore store) {
    try {
      Recovery recovery = Recovery.of(store, config.directory().toString(), profile.slabBytes());
      OrderedEngine engine = new OrderedEngine(name, config, profile, store, recovery);
      store.listen(
          new OrderedStore.Listener() {
            @Override
            public void durable(long mark) {
              engine.becameDurable(mark);
            }

            @Override
            public void failed(EngineException cause) {
              engine.noted(cause);
            }
          });
      engine.writer.start();
      return engine;
    } catch (RuntimeException e) {
      store.close();
      throw e;
    }
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public EngineState state() {
    return heap.state();
  }

  @Override
  public long durableIndex() {
    return backlog.durableIndex();
  }

  @Override
  public WriteBatch begin() {
    checkOpen();
    backlog.check();
    if (batch != null) {
      throw new IllegalStateException("the last batch is neither committed nor discarded");
    }
    trim(Math.max(TRIM_ROWS, lastBatchRows * 2));
    OrderedBatch begun = new OrderedBatch(this, heap, writtenBytes, applyCodec);
    batch = begun;
    return begun;
  }

  /** Publishes what a batch made, and hands it to the writer. Apply thread. */
  void commit(HeapState next, OrderedBatch committed) {
    releaseApplyView();
    batch = null;
    checkOpen();
    backlog.check();
    List<Row> changes = committed.changes();
    for (int i = 0; i < changes.size(); i++) {
      Row row = changes.get(i);
      cache.changed(row.key, row.main);
      newest.put(row, committed.linksOf(i));
    }
    if (!changes.isEmpty()) {
      lastChangeMain = changes.get(changes.size() - 1).main;
    }
    lastBatchRows = changes.size();
    writtenBytes = committed.writtenBytes();
    PendingCommit pending = committed.pending(++sequence, next.state());
    changed = next.overlay();
    if (pending.seeds().length == 0) {
      heap = next;
      backlog.add(pending);
    } else {
      // A seed has no place in the tail: once a change hides it, only the store can show it.
      backlog.add(pending);
      backlog.awaitWritten();
      heap = next;
    }
  }

  void discarded(OrderedBatch dropped) {
    if (batch == dropped) {
      releaseApplyView();
      batch = null;
    }
  }

  /** The view that the apply thread reads in this batch; as new as what was trimmed before it. */
  StoreView applyView() {
    StoreView view = applyView;
    if (view == null) {
      view = store.view();
      applyView = view;
    }
    return view;
  }

  private void releaseApplyView() {
    StoreView view = applyView;
    if (view != null) {
      applyView = null;
      view.close();
    }
  }

  @Override
  public boolean maintain() {
    checkOpen();
    if (batch == null) {
      trim(TRIM_ROWS);
    }
    return trimmer.hasWork();
  }

  /** Drops from the heap state what the store has, a bounded number of rows. */
  private void trim(int maxRows) {
    HeapState trimmed = trimmer.trim(heap, writtenBytes - writer.reclaimedBytes(), maxRows);
    if (trimmed != heap) {
      heap = trimmed;
      changed = trimmed.overlay();
      slabs.published(trimmed.epoch());
    }
  }

  /**
   * The newest change of every key that latest may not have; of commits handed to the writer none
   * is missing. Any thread, but only the writer knows which rows still have their bytes.
   */
  PersistentTree<Row> changed() {
    return changed;
  }

  /** Called by the writer after each transaction. */
  void stored(Stored done) {
    trimmer.add(done);
  }

  @Override
  public Snapshot snapshot() {
    openSnapshots.incrementAndGet();
    try {
      while (true) {
        checkOpen();
        HeapState root = enterHeap();
        boolean entered = true;
        try {
          StoreView view = store.view();
          // Between the two, compaction may have begun to remove what this state may still ask for.
          // Asked once: what is removed after this is not removed from the view.
          long readableFrom = writer.removedBelow();
          if (readableFrom <= Math.max(1, root.state().compactRevision())) {
            entered = false;
            return new OrderedSnapshot(
                this, root, view, readableFrom, writer.highestDead(), codecs.take());
          }
          view.close();
        } finally {
          if (entered) {
            root.epoch().leave();
          }
        }
      }
    } catch (RuntimeException e) {
      openSnapshots.decrementAndGet();
      throw e instanceof EngineException fault ? noted(fault) : e;
    }
  }

  /** The newest heap state, with the caller among its readers, to be taken out of its epoch. */
  private HeapState enterHeap() {
    while (true) {
      HeapState root = heap;
      root.epoch().enter();
      if (root == heap) {
        return root;
      }
      root.epoch().leave();
    }
  }

  void snapshotClosed(HeapState root, RecordCodec codec) {
    root.epoch().leave();
    codecs.give(codec);
    openSnapshots.decrementAndGet();
  }

  @Override
  public Peek peek(byte[] key, long atRevision) {
    checkOpen();
    HeapState root = enterHeap();
    try {
      return peek(root, key, atRevision);
    } finally {
      root.epoch().leave();
    }
  }

  private Peek peek(HeapState root, byte[] key, long atRevision) {
    Row row = root.overlay().get(key);
    if (row == null) {
      Row cached = cache.newest(key);
      return cached != null && cached.main <= atRevision && cached.hasPayload()
          ? new Peek(true, cached.toVersion(true))
          : Peek.UNKNOWN;
    }
    while (row.main > atRevision) {
      Links links = row.links();
      if (links.previousMain == 0 || (row.version == 1 && links.previousMain <= atRevision)) {
        return Peek.ABSENT;
      }
      row = root.tail().find(links.previousMain, links.previousSub);
      if (row == null) {
        return Peek.UNKNOWN;
      }
    }
    return row.tombstone() ? Peek.ABSENT : new Peek(true, row.toVersion(true));
  }

  @Override
  public boolean heapResident() {
    return false;
  }

  @Override
  public long reclaimedRevision() {
    return writer.reclaimedRevision();
  }

  @Override
  public long sync() {
    checkOpen();
    backlog.awaitWritten();
    store.sync();
    return backlog.durableIndex();
  }

  @Override
  public EngineStats stats() {
    OrderedStore.Sizes sizes = closed.get() ? new OrderedStore.Sizes(0, 0, 0) : store.sizes();
    long unsavedBytes = backlog.unsavedBytes();
    return new EngineStats(
        sizes.allocatedBytes(),
        sizes.inUseBytes(),
        unsavedBytes
            + writer.overlayBytes()
            + cache.usedBytes()
            + newest.usedBytes()
            + sizes.cacheBytes(),
        backlog.unsavedCommits(),
        unsavedBytes,
        openSnapshots.get());
  }

  private void becameDurable(long mark) {
    long index = backlog.durable(mark);
    if (index > toldIndex) {
      toldIndex = index;
      config.listener().durable(index);
    }
  }

  /** Tells the owner of a fault that concerns stored data, once, and stops writes. */
  EngineException noted(EngineException fault) {
    if (fault.kind() != EngineException.Kind.CLOSED && failed.compareAndSet(false, true)) {
      backlog.fail(fault);
      config.listener().failed(fault);
    }
    return fault;
  }

  EngineException closedException() {
    return new EngineException(EngineException.Kind.CLOSED, name + " was used after close", null);
  }

  private void checkOpen() {
    if (closed.get()) {
      throw closedException();
    }
  }

  RowCache cache() {
    return cache;
  }

  /** Where the apply thread puts the bytes of rows. */
  Slabs slabs() {
    return slabs;
  }

  /** What the apply thread knows of newest versions. */
  NewestCache newest() {
    return newest;
  }

  /** Main revision below which history may be gone already, as seen after a view was opened. */
  long removedBelow() {
    return writer.removedBelow();
  }

  long highestDead() {
    return writer.highestDead();
  }

  long reclaimedBytes() {
    return writer.reclaimedBytes();
  }

  /** Main revision of the last change committed. Apply thread. */
  long lastChangeMain() {
    return lastChangeMain;
  }

  @Override
  public void close() {
    if (!closed.compareAndSet(false, true)) {
      return;
    }
    releaseApplyView();
    batch = null;
    backlog.close();
    writer.awaitEnd();
    try {
      if (!failed.get()) {
        store.sync();
      }
    } finally {
      store.close();
      ended = true;
    }
  }

  /** Whether even snapshots that are still open are of no use any more. */
  boolean ended() {
    return ended;
  }
}
