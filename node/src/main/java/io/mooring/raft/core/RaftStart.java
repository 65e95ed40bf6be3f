package io.mooring.raft.core;

import io.mooring.base.Check;
import java.util.List;

/**
 * What a core begins with: everything in it is durable on this member.
 *
 * @param hardState newest stored
 * @param applied last entry that is in the machine; the log in memory begins after it
 * @param configuration in force after that entry, as the machine stores it (R21)
 * @param base last entry before those that are retained
 * @param retained what follows it up to the applied one, without a gap: for members that are a
 *     little behind when this one leads
 * @param entries following it without a gap
 * @param commitIndex known committed; an older one than applied is raised to it
 */
public record RaftStart(
    HardState hardState,
    EntryId applied,
    Configuration configuration,
    EntryId base,
    List<Entry> retained,
    List<Entry> entries,
    long commitIndex) {

  /** Checks what must hold. */
  public RaftStart {
    retained = List.copyOf(retained);
    entries = List.copyOf(entries);
    Check.that(
        base.index() + retained.size() == applied.index(),
        "R26 retained entries do not end where the machine is",
        applied.index());
    commitIndex = Math.max(commitIndex, applied.index());
    long last = applied.index() + entries.size();
    Check.that(commitIndex <= last, "R27 commit index beyond the log", commitIndex, last);
  }

  /** A member that keeps nothing of what it has applied. */
  public RaftStart(
      HardState hardState,
      EntryId applied,
      Configuration configuration,
      List<Entry> entries,
      long commitIndex) {
    this(hardState, applied, configuration, applied, List.of(), entries, commitIndex);
  }

  /** A member that has never taken part. */
  public static RaftStart first(Configuration configuration) {
    return new RaftStart(HardState.NONE, EntryId.ZERO, configuration, List.of(), 0);
  }
}
