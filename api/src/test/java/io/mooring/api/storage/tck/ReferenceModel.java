package io.mooring.api.storage.tck;

import io.mooring.api.storage.EngineState;
import io.mooring.api.storage.Revision;
import io.mooring.api.storage.Table;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;

/**
 * The obvious multi-version store: for each key the list of its changes, and after each commit a
 * full copy of what is not in those lists. It forgets nothing: compaction only moves the lowest
 * revision that may be asked.
 */
public final class ReferenceModel {

  /** One change; version 0 is a tombstone. */
  @SuppressWarnings("ArrayRecordComponent") // frozen, and changes are never compared
  public record Change(
      byte[] key,
      long main,
      int sub,
      long createRevision,
      long version,
      long leaseId,
      byte[] payload) {

    /** Whether it deleted the key. */
    public boolean tombstone() {
      return version == 0;
    }
  }

  /** What a commit made visible, beside the changes up to its revision. */
  public record Commit(
      long appliedIndex,
      long appliedTerm,
      long revision,
      long compactRevision,
      Map<Table, NavigableMap<byte[], byte[]>> tables) {}

  private final NavigableMap<byte[], List<Change>> byKey = new TreeMap<>(Arrays::compareUnsigned);
  private final List<Change> all = new ArrayList<>();
  private final Map<Table, NavigableMap<byte[], byte[]>> tables = new EnumMap<>(Table.class);
  private final List<Commit> commits = new ArrayList<>();

  /** An empty store. */
  public ReferenceModel() {
    for (Table table : Table.values()) {
      tables.put(table, new TreeMap<>(Arrays::compareUnsigned));
    }
    commits.add(new Commit(0, 0, 1, -1, copyOfTables()));
  }

  /** Adds a put and returns it, with the bookkeeping that the state machine does. */
  public Change put(Revision at, byte[] key, long leaseId, byte[] payload) {
    Change old = aliveAt(key, Long.MAX_VALUE);
    long create = old == null ? at.main() : old.createRevision;
    long version = old == null ? 1 : old.version + 1;
    return add(new Change(key, at.main(), at.sub(), create, version, leaseId, payload));
  }

  /** Adds a tombstone. */
  public void delete(Revision at, byte[] key) {
    add(new Change(key, at.main(), at.sub(), 0, 0, 0, new byte[0]));
  }

  private Change add(Change change) {
    byKey.computeIfAbsent(change.key, k -> new ArrayList<>()).add(change);
    all.add(change);
    return change;
  }

  /** A small table, to be read and changed. */
  public NavigableMap<byte[], byte[]> table(Table table) {
    return tables.get(table);
  }

  /** Ends a batch. */
  public void commit(long appliedIndex, long appliedTerm, long revision, long compactRevision) {
    commits.add(new Commit(appliedIndex, appliedTerm, revision, compactRevision, copyOfTables()));
  }

  /** Undoes everything after the commit with this applied index, as a crash does. */
  public void truncateTo(long appliedIndex) {
    while (last().appliedIndex > appliedIndex) {
      commits.remove(commits.size() - 1);
    }
    long revision = last().revision;
    while (!all.isEmpty() && all.get(all.size() - 1).main > revision) {
      Change undone = all.remove(all.size() - 1);
      List<Change> changes = byKey.get(undone.key);
      changes.remove(changes.size() - 1);
      if (changes.isEmpty()) {
        byKey.remove(undone.key);
      }
    }
    Map<Table, NavigableMap<byte[], byte[]>> kept = last().tables;
    tables.values().forEach(Map::clear);
    kept.forEach((table, rows) -> tables.get(table).putAll(rows));
  }

  /** The newest commit. */
  public Commit last() {
    return commits.get(commits.size() - 1);
  }

  /** All commits, the empty store first. */
  public List<Commit> commits() {
    return commits;
  }

  /** Every key that was ever written. */
  public List<byte[]> keys() {
    return new ArrayList<>(byKey.keySet());
  }

  /** The version alive at a revision, or null. */
  public Change aliveAt(byte[] key, long revision) {
    return aliveAt(byKey.getOrDefault(key, List.of()), revision);
  }

  private static Change aliveAt(List<Change> changes, long revision) {
    Change found = null;
    for (int i = changes.size() - 1; i >= 0 && found == null; i--) {
      if (changes.get(i).main <= revision) {
        found = changes.get(i);
      }
    }
    return found == null || found.tombstone() ? null : found;
  }

  /** The versions alive at a revision, in key order. */
  public List<Change> range(byte[] from, byte[] to, long revision) {
    if (to != null && Arrays.compareUnsigned(from, to) >= 0) {
      return List.of();
    }
    NavigableMap<byte[], List<Change>> keys =
        to == null ? byKey.tailMap(from, true) : byKey.subMap(from, true, to, false);
    List<Change> found = new ArrayList<>();
    for (List<Change> changes : keys.values()) {
      Change alive = aliveAt(changes, revision);
      if (alive != null) {
        found.add(alive);
      }
    }
    return found;
  }

  /** Changes between two main revisions, inclusive, in order. */
  public List<Change> changes(long fromMain, long toMain) {
    List<Change> found = new ArrayList<>();
    for (Change change : all) {
      if (change.main >= fromMain && change.main <= toMain) {
        found.add(change);
      }
    }
    return found;
  }

  /** What the engine must say of its newest commit, when nothing has been reclaimed yet. */
  public EngineState state() {
    Commit last = last();
    long bytes = 0;
    for (Change change : all) {
      bytes += change.key.length + change.payload.length;
    }
    return state(last, bytes);
  }

  /** What the engine must say once all below the compact revision has been removed. */
  public EngineState stateReclaimed() {
    Commit last = last();
    long bytes = 0;
    for (List<Change> changes : byKey.values()) {
      for (int i = 0; i < changes.size(); i++) {
        Change change = changes.get(i);
        boolean superseded =
            i + 1 < changes.size() && changes.get(i + 1).main <= last.compactRevision;
        boolean oldTombstone = change.tombstone() && change.main < last.compactRevision;
        if (!superseded && !oldTombstone) {
          bytes += change.key.length + change.payload.length;
        }
      }
    }
    return state(last, bytes);
  }

  private EngineState state(Commit last, long bytes) {
    long keys = range(new byte[0], null, last.revision).size();
    return new EngineState(
        last.appliedIndex, last.appliedTerm, last.revision, last.compactRevision, keys, bytes);
  }

  private Map<Table, NavigableMap<byte[], byte[]>> copyOfTables() {
    Map<Table, NavigableMap<byte[], byte[]>> copy = new EnumMap<>(Table.class);
    tables.forEach(
        (table, rows) -> {
          if (!rows.isEmpty()) {
            copy.put(table, new TreeMap<>(rows));
          }
        });
    return copy;
  }
}
