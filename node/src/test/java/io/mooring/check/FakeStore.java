package io.mooring.check;

import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * A small honest store of versions: what the tests of the checks write to, and what servers that
 * lie on purpose are made of. Not for several threads at once.
 */
public final class FakeStore {

  /**
   * One write.
   *
   * @param value null to delete
   */
  public record Write(String key, @Nullable String value) {}

  private final List<Change> log = new ArrayList<>();
  private long revision = 1;

  /** Newest revision. */
  public long revision() {
    return revision;
  }

  /** Everything written, in order. */
  public List<Change> log() {
    return log;
  }

  /** Writes all at one revision, which is returned; takes none when nothing changes. */
  public long write(List<Write> writes) {
    TreeMap<String, Change> now = read("", revision);
    List<Change> changes = new ArrayList<>();
    for (Write write : writes) {
      Change before = now.get(write.key());
      if (write.value() != null || before != null) {
        changes.add(change(write, before));
      }
    }
    if (!changes.isEmpty()) {
      revision++;
      log.addAll(changes);
    }
    return revision;
  }

  /** Keys with a prefix as they stand at a revision. */
  public TreeMap<String, Change> read(String prefix, long atRevision) {
    TreeMap<String, Change> found = new TreeMap<>();
    for (Change change : log) {
      if (change.revision() > atRevision) {
        break;
      }
      if (change.key().startsWith(prefix)) {
        if (change.value() == null) {
          found.remove(change.key());
        } else {
          found.put(change.key(), change);
        }
      }
    }
    return found;
  }

  private Change change(Write write, @Nullable Change before) {
    if (write.value() == null) {
      return new Change(revision + 1, write.key(), null, 0, 0);
    }
    long created = before == null ? revision + 1 : before.createRevision();
    long version = before == null ? 1 : before.version() + 1;
    return new Change(revision + 1, write.key(), write.value(), created, version);
  }
}
