package io.mooring.api.storage.ordered;

import io.mooring.api.storage.EngineState;
import io.mooring.api.storage.Revision;
import io.mooring.api.storage.Table;
import io.mooring.api.storage.WriteBatch;
import io.mooring.api.storage.tree.TreeCursor;
import io.mooring.api.storage.tree.TreeEditor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The write batch: edits of the heap state that nobody sees before the commit. It writes to the
 * heap only; the store is read where the heap does not know what a change replaces.
 */
final class OrderedBatch extends StoreReads implements WriteBatch {

  private final OrderedEngine engine;
  private final HeapState base;
  private final TreeEditor<Row> overlay;
  private final TreeEditor<TableRow> tables;
  private final Tail.Builder tail;
  private Tail built;
  private boolean tailGrown;

  private final List<Row> seeds = new ArrayList<>();
  private final List<Row> changes = new ArrayList<>();

  /** Of the changes; what they leave in slabs would have to be decoded. */
  private final List<Links> changesLinks = new ArrayList<>();

  private @Nullable TreeEditor<TableRow> ownTables;

  /** The last look-up: who writes a key has mostly just read it. */
  private byte[] lookedUpKey = Row.NO_BYTES;

  private @Nullable Row lookedUp;

  /** Likewise, where the overlay has nothing. */
  private @Nullable Row knownByHeart;

  private long keyCount;
  private long writtenBytes;
  private long heapBytes;
  private long lastMain;
  private int lastSub = Integer.MAX_VALUE;
  private boolean open = true;

  OrderedBatch(OrderedEngine engine, HeapState base, long writtenBytes, RecordCodec codec) {
    super(engine, codec);
    this.engine = engine;
    this.base = base;
    this.writtenBytes = writtenBytes;
    overlay = base.overlay().edit();
    tables = base.tables().edit();
    tail = new Tail.Builder(base.tail());
    built = base.tail();
    keyCount = base.state().keyCount();
    lastMain = engine.lastChangeMain();
  }

  @Override
  public void put(
      Revision at, byte[] key, long createRevision, long version, long leaseId, byte[] payload) {
    checkRise(at);
    Row previous = newestChange(key, version == 1);
    boolean alive = previous != null && !previous.tombstone();
    // A transfer brings changes at the compact revision without what they replaced.
    if (previous != null && alive != (version > 1)) {
      throw new IllegalStateException("version " + version + " does not follow what is stored");
    }
    Links links = previous == null ? Links.NONE : Links.after(previous, engine.removedBelow());
    Row row =
        new Row(
            key,
            at.main(),
            at.sub(),
            createRevision,
            version,
            leaseId,
            payload,
            payload.length,
            links,
            previous != null && (previous.tombstone() || previous.deadBefore));
    keyCount += alive ? 0 : 1;
    add(row, links);
  }

  @Override
  public void delete(Revision at, byte[] key) {
    checkRise(at);
    Row previous = newestChange(key, false);
    if (previous != null && previous.tombstone()) {
      throw new IllegalStateException("a key that is not alive cannot be deleted");
    }
    Links links = Links.NONE;
    boolean deadBefore = false;
    if (previous != null) {
      links = Links.after(previous, engine.removedBelow());
      deadBefore = previous.deadBefore;
      keyCount--;
    }
    long main = at.main();
    add(new Row(key, main, at.sub(), main, 0, 0, Row.NO_BYTES, 0, links, deadBefore), links);
  }

  private void checkRise(Revision at) {
    checkOpen();
    if (at.main() < lastMain || (at.main() == lastMain && at.sub() <= lastSub)) {
      throw new IllegalStateException("revision " + at + " is not above " + lastMain);
    }
    lastMain = at.main();
    lastSub = at.sub();
  }

  private void add(Row described, Links links) {
    Row row = engine.slabs().add(described, codec.encode(described, true, 0));
    row.replaced = overlay.put(row.key, row);
    lookedUpKey = row.key;
    lookedUp = row;
    tail.add(row);
    tailGrown = true;
    changes.add(row);
    changesLinks.add(links);
    writtenBytes += row.logicalBytes();
    heapBytes += row.heapBytes();
  }

  @Override
  public void seed(
      Revision at, byte[] key, long createRevision, long version, long leaseId, byte[] payload) {
    checkOpen();
    if (!changes.isEmpty()) {
      throw new IllegalStateException("a seed after a change");
    }
    Row described =
        new Row(
            key,
            at.main(),
            at.sub(),
            createRevision,
            version,
            leaseId,
            payload,
            payload.length,
            Links.NONE,
            false);
    Row row = engine.slabs().add(described, codec.encode(described, true, 0));
    if (overlay.put(key, row) != null) {
      throw new IllegalStateException("a key was seeded twice");
    }
    seeds.add(row);
    lookedUpKey = Row.NO_BYTES;
    keyCount++;
    writtenBytes += row.logicalBytes();
    heapBytes += row.heapBytes();
  }

  @Override
  public void tablePut(Table table, byte[] key, byte[] value) {
    putTableRow(new TableRow(TableRow.storeKey(table, key), value));
  }

  @Override
  public void tableDelete(Table table, byte[] key) {
    putTableRow(new TableRow(TableRow.storeKey(table, key), null));
  }

  private void putTableRow(TableRow row) {
    checkOpen();
    tables.put(row.storeKey(), row);
    TreeEditor<TableRow> own = ownTables;
    if (own == null) {
      own = io.mooring.api.storage.tree.PersistentTree.<TableRow>empty().edit();
      ownTables = own;
    }
    own.put(row.storeKey(), row);
    heapBytes += row.heapBytes();
  }

  @Override
  public EngineState commit(
      long appliedIndex, long appliedTerm, long revision, long compactRevision) {
    checkOpen();
    EngineState last = base.state();
    if (appliedIndex < last.appliedIndex()
        || revision < last.revision()
        || compactRevision < last.compactRevision()
        || (!changes.isEmpty() && revision < lastMain)) {
      throw new IllegalStateException("a commit may not lower where the store stands");
    }
    open = false;
    long logicalBytes = writtenBytes - engine.reclaimedBytes();
    EngineState state =
        new EngineState(
            appliedIndex, appliedTerm, revision, compactRevision, keyCount, logicalBytes);
    HeapState next =
        new HeapState(state, overlay.freeze(), builtTail(), tables.freeze(), base.epoch());
    engine.commit(next, this);
    return state;
  }

  /** What the store has to be told of. */
  PendingCommit pending(long sequence, EngineState state) {
    return new PendingCommit(
        sequence,
        seeds.toArray(new Row[0]),
        changes.toArray(new Row[0]),
        ownTableRows(),
        state,
        writtenBytes,
        heapBytes);
  }

  private TableRow[] ownTableRows() {
    TreeEditor<TableRow> own = ownTables;
    if (own == null) {
      return new TableRow[0];
    }
    TableRow[] rows = new TableRow[(int) own.size()];
    TreeCursor<TableRow> cursor = own.cursor(Row.NO_BYTES, null);
    for (int i = 0; cursor.next(); i++) {
      rows[i] = cursor.value();
    }
    return rows;
  }

  List<Row> changes() {
    return changes;
  }

  Links linksOf(int change) {
    return changesLinks.get(change);
  }

  long writtenBytes() {
    return writtenBytes;
  }

  @Override
  public void discard() {
    if (open) {
      open = false;
      changes.forEach(engine.slabs()::gone);
      seeds.forEach(engine.slabs()::gone);
      engine.discarded(this);
    }
  }

  @Override
  public EngineState state() {
    return base.state();
  }

  @Override
  @Nullable Row overlayGet(byte[] key) {
    checkOpen();
    if (!Arrays.equals(key, lookedUpKey)) {
      lookedUp = overlay.get(key);
      lookedUpKey = key.clone();
    }
    return lookedUp;
  }

  @Override
  @Nullable Row cached(byte[] key, boolean withPayload) {
    if (withPayload) {
      return super.cached(key, true);
    }
    if (knownByHeart == null || !Arrays.equals(knownByHeart.key, key)) {
      knownByHeart = engine.newest().get(key);
    }
    return knownByHeart;
  }

  @Override
  void seen(Row row) {
    engine.newest().put(row);
  }

  @Override
  TreeCursor<Row> overlayCursor(byte[] from, byte @Nullable [] to) {
    checkOpen();
    return overlay.cursor(from, to);
  }

  @Override
  Tail tail() {
    return builtTail();
  }

  private Tail builtTail() {
    if (tailGrown) {
      built = tail.build();
      tailGrown = false;
    }
    return built;
  }

  @Override
  @Nullable TableRow tableOverlayGet(byte[] storeKey) {
    checkOpen();
    return tables.get(storeKey);
  }

  @Override
  TreeCursor<TableRow> tableOverlayCursor(byte[] from, byte[] to) {
    checkOpen();
    return tables.cursor(from, to);
  }

  @Override
  long newestMain() {
    return Long.MAX_VALUE;
  }

  @Override
  StoreView view() {
    checkOpen();
    return engine.applyView();
  }

  @Override
  long highestDead() {
    return engine.highestDead();
  }

  @Override
  long readableFrom() {
    return engine.removedBelow();
  }

  private void checkOpen() {
    if (!open) {
      throw engine.closedException();
    }
  }
}
