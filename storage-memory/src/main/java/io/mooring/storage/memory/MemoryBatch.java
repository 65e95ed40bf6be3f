package io.mooring.storage.memory;

import io.mooring.api.storage.EngineException;
import io.mooring.api.storage.EngineState;
import io.mooring.api.storage.Revision;
import io.mooring.api.storage.Table;
import io.mooring.api.storage.WriteBatch;
import io.mooring.api.storage.tree.PersistentTree;
import io.mooring.api.storage.tree.TreeEditor;
import io.mooring.api.storage.tree.TreeReader;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Changes on their way into the next root. */
final class MemoryBatch extends MemoryReader implements WriteBatch {

  static final Revision BEFORE_ALL = new Revision(0, 0);
  private static final int MAX_SUB = Integer.MAX_VALUE;

  /** About what a log entry is longer than its keys and values. */
  private static final long ENTRY_OVERHEAD_BYTES = 96;

  private final MemoryEngine engine;
  private final Root base;
  private final History.Appender history;
  private final TreeEditor<Row> live;
  private final TreeEditor<Row> dead;
  private final @Nullable TreeEditor<byte[]>[] tables;
  private Revision newest;
  private byte @Nullable [] lastSeeded;
  private long logicalBytes;
  private long writtenBytes;
  private boolean ended;

  @SuppressWarnings({"unchecked", "rawtypes"}) // generic arrays cannot be created otherwise
  MemoryBatch(MemoryEngine engine, Root base, History.Appender history) {
    this.engine = engine;
    this.base = base;
    this.history = history;
    live = base.live().edit();
    dead = base.dead().edit();
    tables = new TreeEditor[base.tables().size()];
    newest = loading() ? history.newest() : new Revision(base.state().revision(), MAX_SUB);
    logicalBytes = base.state().logicalBytes();
  }

  @Override
  public void put(
      Revision at, byte[] key, long createRevision, long version, long leaseId, byte[] payload) {
    advance(at);
    demand(key.length > 0 && version > 0, "M1 a put needs a key and a version");
    Row known = live.get(key);
    if (known == null) {
      known = dead.remove(key);
    }
    byte[] sharedKey = known == null ? key : known.key;
    Row row = Row.put(at, sharedKey, createRevision, version, leaseId, payload);
    if (known != null) {
      row.link(known);
    }
    live.put(sharedKey, row);
    append(row);
  }

  @Override
  public void delete(Revision at, byte[] key) {
    advance(at);
    Row known = live.remove(key);
    Row row = Row.tombstone(at, known == null ? key : known.key);
    if (known != null) {
      row.link(known);
    } else {
      demand(loading() && dead.get(key) == null, "M1 a delete needs a living key");
    }
    dead.put(row.key, row);
    append(row);
  }

  @Override
  public void seed(
      Revision at, byte[] key, long createRevision, long version, long leaseId, byte[] payload) {
    checkOpen();
    byte[] before = lastSeeded;
    demand(
        loading() && newest.equals(BEFORE_ALL) && key.length > 0,
        "seeds come before any change, into an empty store");
    demand(
        before == null || Arrays.compareUnsigned(before, key) < 0, "seeds come in ascending order");
    lastSeeded = key;
    Row row = Row.put(at, key, createRevision, version, leaseId, payload);
    demand(live.put(key, row) == null, "a key is seeded once");
    count(row);
  }

  /**
   * A transfer is being loaded: no log entry has been applied to this store yet. It may be loaded
   * by several batches, and bring the tombstone of a key whose last version compaction has taken.
   */
  private boolean loading() {
    return base.state().appliedIndex() == 0;
  }

  private void advance(Revision at) {
    checkOpen();
    demand(at.compareTo(newest) > 0, "P2 revisions must rise");
    newest = at;
  }

  private void append(Row row) {
    history.append(row);
    count(row);
  }

  private void count(Row row) {
    logicalBytes += row.logicalBytes();
    writtenBytes += row.logicalBytes();
  }

  @Override
  public void tablePut(Table table, byte[] key, byte[] value) {
    checkOpen();
    editor(table).put(key, value);
    writtenBytes += key.length + (long) value.length;
  }

  @Override
  public void tableDelete(Table table, byte[] key) {
    checkOpen();
    editor(table).remove(key);
    writtenBytes += key.length;
  }

  private TreeEditor<byte[]> editor(Table table) {
    TreeEditor<byte[]> editor = tables[table.id()];
    if (editor == null) {
      editor = base.tables().get(table.id()).edit();
      tables[table.id()] = editor;
    }
    return editor;
  }

  @Override
  public EngineState commit(
      long appliedIndex, long appliedTerm, long revision, long compactRevision) {
    checkOpen();
    EngineState old = base.state();
    demand(appliedIndex >= old.appliedIndex(), "R9 applied index fell");
    demand(revision >= old.revision() && revision >= newest.main(), "M7 revision fell");
    demand(
        compactRevision >= old.compactRevision() && compactRevision <= revision,
        "M6 compact revision fell or passed the revision");
    ended = true;
    EngineState state =
        new EngineState(
            appliedIndex, appliedTerm, revision, compactRevision, live.size(), logicalBytes);
    long entries = appliedIndex - old.appliedIndex();
    Root.Epoch epoch =
        compactRevision == old.compactRevision() ? base.epoch() : new Root.Epoch(compactRevision);
    Root next =
        new Root(
            state,
            live.freeze(),
            dead.freeze(),
            history.window(),
            base.loggedBytes() + writtenBytes + entries * ENTRY_OVERHEAD_BYTES,
            frozenTables(),
            epoch);
    engine.publish(next);
    return state;
  }

  private List<PersistentTree<byte[]>> frozenTables() {
    List<PersistentTree<byte[]>> frozen = base.tables();
    for (int i = 0; i < tables.length; i++) {
      TreeEditor<byte[]> editor = tables[i];
      if (editor != null) {
        if (frozen == base.tables()) {
          frozen = new ArrayList<>(frozen);
        }
        frozen.set(i, editor.freeze());
      }
    }
    return frozen;
  }

  @Override
  public void discard() {
    if (!ended) {
      ended = true;
      history.truncateTo(base.history());
      engine.discarded();
    }
  }

  @Override
  void checkOpen() {
    if (ended) {
      throw new EngineException(
          EngineException.Kind.CLOSED, "S14 batch used after commit or discard", null);
    }
    engine.checkOpen();
  }

  @Override
  public EngineState state() {
    return base.state();
  }

  @Override
  long newestMain() {
    return Math.max(newest.main(), base.state().revision());
  }

  @Override
  TreeReader<Row> live() {
    return live;
  }

  @Override
  TreeReader<Row> dead() {
    return dead;
  }

  @Override
  History history() {
    return history.window();
  }

  @Override
  TreeReader<byte[]> table(Table table) {
    TreeEditor<byte[]> editor = tables[table.id()];
    return editor == null ? base.tables().get(table.id()) : editor;
  }

  private static void demand(boolean fact, String message) {
    if (!fact) {
      throw new IllegalStateException(message);
    }
  }
}
