package io.mooring.raft.core;

import io.mooring.base.Check;
import java.util.List;

/**
 * The log as the core sees it: the entries since the last truncation, and how far each stage has
 * come. It reads nothing from disk.
 *
 * <pre>
 *   base &lt;= applied &lt;= applying &lt;= min(committed, persisted)
 *                                  persisted &lt;= appending &lt;= last
 * </pre>
 *
 * <p>A follower's tail beyond the commit index may be replaced while an append that holds it is
 * still being written; {@code kept} is how much of that append the log still stands for, so that
 * its completion says nothing about what came in its place (R11).
 */
final class RaftLog {

  private final RaftLimits limits;
  private EntryWindow window;
  private long appliedIndex;
  private long applyingIndex;
  private long committedIndex;
  private long persistedIndex;
  private long appendingIndex;
  private long kept;

  /** A configuration change that was handed out and has not taken effect; 0 for none (R18). */
  private long configOut;

  private long retainedBytes;
  private long applyingBytes;
  private long uncommittedBytes;
  private long unappliedBytes;

  RaftLog(RaftLimits limits, RaftStart start) {
    this.limits = limits;
    this.window = new EntryWindow(start.base());
    for (Entry entry : start.retained()) {
      window.append(entry);
      retainedBytes += entry.sizeBytes();
    }
    appliedIndex = start.applied().index();
    applyingIndex = appliedIndex;
    committedIndex = start.commitIndex();
    for (Entry entry : start.entries()) {
      append(entry);
    }
    persistedIndex = lastIndex();
    appendingIndex = persistedIndex;
    kept = persistedIndex;
  }

  long appliedIndex() {
    return appliedIndex;
  }

  long committedIndex() {
    return committedIndex;
  }

  long persistedIndex() {
    return persistedIndex;
  }

  long lastIndex() {
    return window.lastIndex();
  }

  /** The last entry. */
  EntryId last() {
    return new EntryId(lastIndex(), term(lastIndex()));
  }

  /** What stands right before the window: the last entry whose term is known. */
  EntryId base() {
    return window.base();
  }

  long uncommittedBytes() {
    return uncommittedBytes;
  }

  /**
   * Committed and not in the machine. It shrinks by itself, whatever other members do; so, unlike
   * what is uncommitted, it may hold up what they send without holding up itself.
   */
  long backlogBytes() {
    return unappliedBytes - uncommittedBytes;
  }

  /** Term of an entry in the window, or of the one right before it. */
  long term(long index) {
    return index == window.base().index() ? window.base().term() : window.get(index).term();
  }

  Entry get(long index) {
    return window.get(index);
  }

  // What is in it.

  void append(Entry entry) {
    long before = term(lastIndex());
    Check.that(entry.term() >= before, "R6 term fell along the log", entry.term(), before);
    window.append(entry);
    unappliedBytes += entry.sizeBytes();
    if (entry.index() > committedIndex) {
      uncommittedBytes += entry.sizeBytes();
    }
  }

  /** Whether an entry is here, or was and is committed. */
  boolean holds(EntryId id) {
    long base = window.base().index();
    return id.index() >= base && id.index() <= lastIndex() && term(id.index()) == id.term();
  }

  /**
   * Takes a leader's entries behind one that is known to agree: what is here already stays, what
   * contradicts them goes with all that follows it (section 5.3).
   */
  void merge(List<Entry> entries) {
    for (Entry entry : entries) {
      if (entry.index() <= lastIndex()) {
        if (entry.index() <= window.base().index() || term(entry.index()) == entry.term()) {
          continue;
        }
        truncateAfter(entry.index() - 1);
      }
      append(entry);
    }
  }

  private void truncateAfter(long index) {
    Check.that(index >= committedIndex, "R9 truncation of a committed entry", index);
    while (lastIndex() > index) {
      long size = window.dropLast().sizeBytes();
      uncommittedBytes -= size;
      unappliedBytes -= size;
    }
    persistedIndex = Math.min(persistedIndex, index);
    appendingIndex = Math.min(appendingIndex, index);
    kept = Math.min(kept, index);
    Check.that(uncommittedBytes >= 0, "R28 uncommitted bytes", uncommittedBytes);
  }

  /**
   * The last entry, at or below an index, whose term is at most the one given: beyond it no log
   * with that term there can agree with this one. So one round of probing skips a whole term.
   */
  EntryId lastNotAbove(long index, long term) {
    long at = Math.min(index, lastIndex());
    while (at > window.base().index() && term(at) > term) {
      at--;
    }
    // What stands before the window is committed, hence in every later leader's log.
    return at < window.base().index() ? new EntryId(Math.max(at, 0), 0) : idAt(at);
  }

  EntryId idAt(long index) {
    return new EntryId(index, term(index));
  }

  /** Entries from an index on, as many as fit, at least one if there is any. */
  List<Entry> from(long index, long maxBytes) {
    long bytes = 0;
    long to = index - 1;
    while (to < lastIndex()) {
      bytes += window.get(to + 1).sizeBytes();
      if (bytes > maxBytes && to >= index) {
        break;
      }
      to++;
    }
    return window.slice(index, to);
  }

  // To the disk.

  boolean hasUnwritten() {
    return appendingIndex < lastIndex();
  }

  /** The next entries to write, at least one if there is any. */
  List<Entry> takeUnwritten() {
    List<Entry> entries = from(appendingIndex + 1, limits.maxAppendBytes());
    appendingIndex += entries.size();
    kept = appendingIndex;
    return entries;
  }

  EntryId lastTaken() {
    return idAt(appendingIndex);
  }

  /** The disk holds everything up to an entry that was taken, some of it perhaps replaced since. */
  void persisted(EntryId last) {
    Check.that(kept <= last.index(), "R11 persisted what was not written", last.index(), kept);
    Check.that(
        kept < last.index() || term(kept) == last.term(),
        "R11 persisted another entry",
        last.index(),
        last.term());
    Check.that(kept >= persistedIndex, "R9 persisted index fell", kept, persistedIndex);
    persistedIndex = kept;
  }

  // To the machine.

  /** A quorum holds everything up to an index. */
  void commit(long index) {
    Check.that(index >= committedIndex, "R9 commit index fell", index, committedIndex);
    Check.that(index <= lastIndex(), "R9 commit index beyond the log", index, lastIndex());
    for (long i = committedIndex + 1; i <= index; i++) {
      uncommittedBytes -= window.get(i).sizeBytes();
    }
    committedIndex = index;
    Check.that(uncommittedBytes >= 0, "R28 uncommitted bytes", uncommittedBytes);
  }

  /**
   * The next entries to apply: committed, durable here, within the bound on the way, and nothing
   * behind a configuration change that has yet to take effect.
   */
  List<Entry> takeCommitted() {
    long from = applyingIndex + 1;
    long limit = Math.min(committedIndex, persistedIndex);
    while (applyingIndex < limit && configOut == 0) {
      Entry next = window.get(applyingIndex + 1);
      long size = next.sizeBytes();
      if (applyingBytes > 0 && applyingBytes + size > limits.maxApplyingBytes()) {
        break;
      }
      applyingBytes += size;
      applyingIndex++;
      configOut = next.kind() == Entry.Kind.CONFIG ? applyingIndex : 0;
    }
    return window.slice(from, applyingIndex);
  }

  /** Whether entries wait that apply has room or leave for once it has got on. */
  boolean holdsBack() {
    return configOut != 0 || applyingIndex < Math.min(committedIndex, persistedIndex);
  }

  /** A configuration change has taken effect, or was refused by the machine. */
  void configApplied(long index) {
    Check.that(index == configOut, "R18 another configuration change", index, configOut);
    configOut = 0;
  }

  /**
   * The machine holds everything up to an index.
   *
   * @param retain bytes of applied entries to keep for members that are behind
   */
  void applied(long index, long retain) {
    Check.that(index >= appliedIndex, "R9 applied index fell", index, appliedIndex);
    Check.that(index <= applyingIndex, "R26 applied what was not handed out", index, applyingIndex);
    Check.that(configOut == 0 || index < configOut, "R21 a change was applied unseen", configOut);
    for (long i = appliedIndex + 1; i <= index; i++) {
      long size = window.get(i).sizeBytes();
      applyingBytes -= size;
      unappliedBytes -= size;
      retainedBytes += size;
    }
    appliedIndex = index;
    Check.that(appliedIndex <= committedIndex, "R9 applied beyond the commit index", appliedIndex);
    Check.that(applyingBytes >= 0, "R28 applying bytes", applyingBytes);
    // A new leader may have entries of an older leader in the window that it has yet to commit;
    // only what is applied may go.
    while (retainedBytes > retain) {
      retainedBytes -= window.dropFirst().sizeBytes();
    }
    Check.that(window.base().index() <= appliedIndex, "R25 dropped what is not applied");
  }

  /** Whether a configuration change is committed here and not applied. */
  boolean hasUnappliedConfig() {
    for (long i = appliedIndex + 1; i <= committedIndex; i++) {
      if (window.get(i).kind() == Entry.Kind.CONFIG) {
        return true;
      }
    }
    return false;
  }

  /**
   * Begins anew behind an installed transfer snapshot; all that was here is before or beside it.
   */
  void restart(EntryId installed) {
    Check.that(installed.index() > committedIndex, "R24 old snapshot", installed.index());
    window = new EntryWindow(installed);
    appliedIndex = installed.index();
    applyingIndex = appliedIndex;
    committedIndex = appliedIndex;
    persistedIndex = appliedIndex;
    appendingIndex = appliedIndex;
    kept = appliedIndex;
    configOut = 0;
    retainedBytes = 0;
    applyingBytes = 0;
    uncommittedBytes = 0;
    unappliedBytes = 0;
  }
}
