package io.mooring.storage.rocksdb;

import io.mooring.api.storage.EngineException;
import io.mooring.api.storage.ordered.OrderedStore;
import io.mooring.api.storage.ordered.Space;
import io.mooring.api.storage.ordered.StoreTxn;
import io.mooring.api.storage.ordered.StoreView;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.rocksdb.ColumnFamilyHandle;
import org.rocksdb.ReadOptions;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;
import org.rocksdb.RocksIterator;
import org.rocksdb.WriteBatch;

/**
 * The byte store over RocksDB: a column family per space.
 *
 * <p>What is durable is learned from flushes that this class asks for, never from memtables: {@link
 * Flusher} notes the newest commit, flushes all families atomically, and reports that commit once
 * RocksDB says that the files are in place. A flush that RocksDB makes by itself meanwhile is
 * atomic too; it only leaves more behind than was reported. So does RocksDB's own log, which nobody
 * syncs: it survives a kill of the process, and mostly not a crash of the system.
 */
final class RocksStore implements OrderedStore {

  private static final long CLOSE_WAIT_MS = 2_000;

  private final Faults faults;
  private final RocksSettings settings;
  private final RocksDB db;
  private final List<ColumnFamilyHandle> handles;
  private final ColumnFamilyHandle[] families = new ColumnFamilyHandle[Space.values().length];
  private final ReadOptions newest = new ReadOptions().setVerifyChecksums(true);
  private final ScratchPool scratch = new ScratchPool();
  private final Flusher flusher;
  private final long closeWaitMs;

  private final CountDownLatch released = new CountDownLatch(1);
  private final Users users = new Users(this::release);
  private final AtomicReference<@Nullable SharedSnapshot> shared = new AtomicReference<>();
  private final AtomicBoolean closed = new AtomicBoolean();

  /** Written by the writer thread alone, once a batch is visible. */
  private volatile long commits;

  private RocksStore(
      Faults faults,
      RocksSettings settings,
      RocksDB db,
      List<ColumnFamilyHandle> handles,
      long flushBytes,
      long closeWaitMs) {
    this.faults = faults;
    this.settings = settings;
    this.db = db;
    this.handles = handles;
    for (Space space : Space.values()) {
      families[space.ordinal()] = handles.get(1 + space.ordinal());
    }
    flusher = new Flusher(db, handles, settings, faults, users, flushBytes);
    this.closeWaitMs = closeWaitMs;
  }

  /**
   * Opens or creates the database of a directory.
   *
   * @param cacheBytes bound of native memory
   * @param flushBytes bytes written after which a flush starts by itself
   */
  static RocksStore open(Path directory, long cacheBytes, long flushBytes) {
    return open(directory, cacheBytes, flushBytes, CLOSE_WAIT_MS);
  }

  /** The same with how long closing waits for views. */
  static RocksStore open(Path directory, long cacheBytes, long flushBytes, long closeWaitMs) {
    NativeLibrary.load(directory);
    Faults faults = new Faults(directory);
    RocksSettings settings = new RocksSettings(cacheBytes);
    List<ColumnFamilyHandle> handles = new ArrayList<>();
    try {
      RocksDB db =
          RocksDB.open(settings.dbOptions(), directory.toString(), settings.families(), handles);
      return new RocksStore(faults, settings, db, handles, flushBytes, closeWaitMs);
    } catch (RocksDBException e) {
      settings.close();
      throw faults.of("cannot open", e);
    }
  }

  @Override
  public void listen(Listener listener) {
    flusher.start(listener);
  }

  @Override
  public StoreTxn begin() {
    enter();
    @Nullable EngineException failure = flusher.failure();
    if (failure != null) {
      users.leave();
      throw failure;
    }
    return new RocksTxn(this);
  }

  /** The writer thread: makes a batch visible. */
  @SuppressWarnings("NonAtomicOperationOnVolatileField") // one writer
  void commit(WriteBatch batch, long mark) {
    @Nullable EngineException failure = flusher.failure();
    if (failure != null) {
      throw failure;
    }
    try {
      db.write(settings.writeOptions(), batch);
    } catch (RocksDBException e) {
      throw faults.of("cannot write", e);
    }
    // Only now: a snapshot taken between the write and this line is merely newer than it must be.
    commits++;
    letGoOf(shared.getAndSet(null));
    flusher.committed(mark, batch.getDataSize());
  }

  void txnClosed() {
    users.leave();
  }

  /**
   * A view of everything committed before this was called. A thread that was held up between taking
   * a snapshot and sharing it may share one that a commit has made old meanwhile; whoever relied on
   * it would miss rows that are no longer on the heap. So each says how many commits it has.
   */
  @Override
  public StoreView view() {
    while (true) {
      SharedSnapshot snapshot = shared.get();
      if (snapshot == null || snapshot.commits() != commits) {
        share(snapshot);
      } else if (snapshot.tryEnter()) {
        if (isClosed()) {
          snapshot.leave();
          throw faults.closed();
        }
        return new RocksView(this, snapshot);
      }
    }
  }

  /** Takes a snapshot for the following views in the place of an old one, or none. */
  private void share(@Nullable SharedSnapshot old) {
    enter();
    SharedSnapshot mine = new SharedSnapshot(db, users, commits);
    if (!shared.compareAndSet(old, mine)) {
      mine.leave(); // another thread was faster
      return;
    }
    letGoOf(old);
    if (isClosed()) {
      letGoOf(shared.getAndSet(null));
    }
  }

  private static void letGoOf(@Nullable SharedSnapshot snapshot) {
    if (snapshot != null) {
      snapshot.leave();
    }
  }

  boolean isClosed() {
    return closed.get();
  }

  private void enter() {
    if (isClosed() || !users.tryEnter()) {
      throw faults.closed();
    }
  }

  /** Copies the value of a key into the scratch; null when there is none. */
  @Nullable ByteBuffer get(Space space, ReadOptions options, byte[] key, ScratchPool.Pair scratch) {
    ColumnFamilyHandle family = family(space);
    Scratch value = scratch.value();
    try {
      int bytes = db.get(family, options, scratch.key().filledWith(key), value.clear());
      if (bytes > value.capacity()) {
        bytes = db.get(family, options, scratch.key().filledWith(key), value.clear(bytes));
      }
      return bytes == RocksDB.NOT_FOUND ? null : value.face(bytes);
    } catch (RocksDBException e) {
      throw faults.of("cannot read", e);
    }
  }

  RocksIterator iterator(Space space, ReadOptions options) {
    return db.newIterator(family(space), options);
  }

  ColumnFamilyHandle family(Space space) {
    return families[space.ordinal()];
  }

  /** Reads of the newest commit, without a snapshot. */
  ReadOptions newest() {
    return newest;
  }

  ScratchPool scratch() {
    return scratch;
  }

  Faults faults() {
    return faults;
  }

  @Override
  public void hasten() {
    flusher.hasten();
  }

  @Override
  public void sync() {
    enter();
    try {
      flusher.sync();
    } finally {
      users.leave();
    }
  }

  @Override
  public Sizes sizes() {
    return flusher.sizes();
  }

  @Override
  public void close() {
    close(true);
  }

  /** Closes without a flush, as a kill would. */
  void abandon() {
    close(false);
  }

  private void close(boolean flush) {
    if (!closed.compareAndSet(false, true)) {
      return;
    }
    flusher.close(flush);
    letGoOf(shared.getAndSet(null));
    users.leave();
    try {
      released.await(closeWaitMs, TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** The last user has left: handles before the database, the database before its options. */
  private void release() {
    newest.close();
    handles.forEach(ColumnFamilyHandle::close);
    db.close();
    settings.close();
    released.countDown();
  }
}
