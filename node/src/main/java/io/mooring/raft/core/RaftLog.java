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
 */
final class RaftLog {

  private final RaftConfig config;
  private final EntryWindow window;
  private long appliedIndex;
  private long applyingIndex;
  private long committedIndex;
  private long persistedIndex;
  private long appendingIndex;

  private long retainedBytes;
  private long applyingBytes;
  private long uncommittedBytes;

  RaftLog(RaftConfig config, RaftStart start) {
    this.config = config;
    this.window = new EntryWindow(start.applied());
    appliedIndex = start.applied().index();
    applyingIndex = appliedIndex;
    committedIndex = start.commitIndex();
    for (Entry entry : start.entries()) {
      append(entry);
    }
    persistedIndex = lastIndex();
    appendingIndex = persistedIndex;
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

  long lastTerm() {
    return term(lastIndex());
  }

  long uncommittedBytes() {
    return uncommittedBytes;
  }

  /** Term of an entry in the window, or of the one right before it. */
  long term(long index) {
    return index == window.base().index() ? window.base().term() : window.get(index).term();
  }

  void append(Entry entry) {
    Check.that(entry.term() >= lastTerm(), "R6 term fell along the log", entry.term(), lastTerm());
    window.append(entry);
    if (entry.index() > committedIndex) {
      uncommittedBytes += entry.sizeBytes();
    }
  }

  boolean hasUnwritten() {
    return appendingIndex < lastIndex();
  }

  /** The next entries to write, at least one if there is any. */
  List<Entry> takeUnwritten() {
    long from = appendingIndex + 1;
    long bytes = 0;
    while (appendingIndex < lastIndex()) {
      bytes += window.get(appendingIndex + 1).sizeBytes();
      if (bytes > config.maxAppendBytes() && appendingIndex >= from) {
        break;
      }
      appendingIndex++;
    }
    return window.slice(from, appendingIndex);
  }

  EntryId lastTaken() {
    return new EntryId(appendingIndex, term(appendingIndex));
  }

  /** The disk holds everything up to an entry. */
  void persisted(EntryId last) {
    Check.that(last.index() >= persistedIndex, "R9 persisted index fell", last.index());
    Check.that(last.index() <= appendingIndex, "R11 persisted what was not written", last.index());
    Check.that(
        term(last.index()) == last.term(),
        "R11 persisted another entry",
        last.index(),
        last.term());
    persistedIndex = last.index();
  }

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

  /** The next entries to apply: committed, durable here, and within the bound on the way. */
  List<Entry> takeCommitted() {
    long from = applyingIndex + 1;
    long limit = Math.min(committedIndex, persistedIndex);
    while (applyingIndex < limit) {
      long size = window.get(applyingIndex + 1).sizeBytes();
      if (applyingBytes > 0 && applyingBytes + size > config.maxApplyingBytes()) {
        break;
      }
      applyingBytes += size;
      applyingIndex++;
    }
    return window.slice(from, applyingIndex);
  }

  /** The machine holds everything up to an index. */
  void applied(long index) {
    Check.that(index >= appliedIndex, "R9 applied index fell", index, appliedIndex);
    Check.that(index <= applyingIndex, "R26 applied what was not handed out", index, applyingIndex);
    for (long i = appliedIndex + 1; i <= index; i++) {
      long size = window.get(i).sizeBytes();
      applyingBytes -= size;
      retainedBytes += size;
    }
    appliedIndex = index;
    Check.that(applyingBytes >= 0, "R28 applying bytes", applyingBytes);
    // A new leader may have entries of an older leader in the window that it has yet to commit;
    // only what is applied may go.
    while (retainedBytes > config.retainedBytes()) {
      retainedBytes -= window.dropFirst().sizeBytes();
    }
    Check.that(window.base().index() <= appliedIndex, "R25 dropped what is not applied");
  }
}
