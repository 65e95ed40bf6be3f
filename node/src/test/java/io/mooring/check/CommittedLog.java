package io.mooring.check;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * All that was committed, in order, and what stood where at any revision of it.
 *
 * <p>A list's element has the list's name, a slash and its own value as its key; every other key is
 * a register.
 */
public final class CommittedLog {

  /** Revision before the first write of a new store. */
  private static final long FIRST_REVISION = 1;

  private final List<Change> changes;
  private final Map<String, List<Change>> byObject = new HashMap<>();
  private final Map<String, Change> byValue = new HashMap<>();

  /**
   * A log.
   *
   * @param changes from the first revision on, in the order in which they were told
   */
  public CommittedLog(List<Change> changes) {
    this.changes = List.copyOf(changes);
    for (Change change : changes) {
      byObject.computeIfAbsent(objectOf(change), key -> new ArrayList<>()).add(change);
      if (change.value() != null) {
        byValue.putIfAbsent(objectOf(change) + "=" + change.value(), change);
      }
    }
  }

  /** Changes in order. */
  public List<Change> changes() {
    return changes;
  }

  /** Newest revision in it. */
  public long lastRevision() {
    return changes.isEmpty() ? FIRST_REVISION : changes.get(changes.size() - 1).revision();
  }

  /** The change that wrote a value into an object; null when there is none. */
  @Nullable Change of(String object, String value) {
    return byValue.get(object + "=" + value);
  }

  /** The change of an object at a revision; null when it was not changed there. */
  @Nullable Change at(String object, long revision) {
    List<Change> all = byObject.getOrDefault(object, List.of());
    int count = countUpTo(all, revision);
    return count > 0 && all.get(count - 1).revision() == revision ? all.get(count - 1) : null;
  }

  /** What a read of an object at a revision must see. */
  List<Version> stateAt(String object, long revision) {
    List<Change> all = byObject.getOrDefault(object, List.of());
    int count = countUpTo(all, revision);
    if (count == 0) {
      return List.of();
    }
    Change last = all.get(count - 1);
    if (last.key().equals(object)) {
      return last.value() == null ? List.of() : List.of(version(last));
    }
    return all.subList(0, count).stream().map(CommittedLog::version).toList();
  }

  /**
   * Judges the log by itself: no revision is left out, no value is written twice, and version and
   * create revision of each key follow from what came before.
   */
  public void checkShape(Report report) {
    report.judged("committed changes", changes.size());
    Map<String, Change> latest = new HashMap<>();
    long revision = FIRST_REVISION;
    for (Change change : changes) {
      boolean follows = change.revision() == revision || change.revision() == revision + 1;
      report.check(follows, "P2 revision %d is followed by %s", revision, change);
      revision = change.revision();
      Change before = latest.put(change.key(), change);
      checkLife(before, change, report);
      if (change.value() != null) {
        Change first = of(objectOf(change), change.value());
        report.check(change.equals(first), "P2 applied twice: %s and %s", first, change);
      }
    }
  }

  private static void checkLife(@Nullable Change before, Change change, Report report) {
    boolean lives = before != null && before.value() != null;
    if (change.value() == null) {
      report.check(lives, "M1 deletes what is not there: %s after %s", change, before);
      return;
    }
    long created = lives && before != null ? before.createRevision() : change.revision();
    long version = lives && before != null ? before.version() + 1 : 1;
    report.check(
        change.createRevision() == created && change.version() == version,
        "M1 %s does not follow %s",
        change,
        before);
  }

  private static Version version(Change change) {
    return new Version(String.valueOf(change.value()), change.revision());
  }

  private static String objectOf(Change change) {
    String suffix = "/" + change.value();
    return change.value() != null && change.key().endsWith(suffix)
        ? change.key().substring(0, change.key().length() - suffix.length())
        : change.key();
  }

  private static int countUpTo(List<Change> sorted, long revision) {
    int low = 0;
    int high = sorted.size();
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (sorted.get(middle).revision() <= revision) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low;
  }
}
