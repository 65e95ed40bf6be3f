package io.mooring.raft;

import io.mooring.api.internalpb.Command;
import io.mooring.base.Check;
import io.mooring.log.SegmentLog;
import io.mooring.raft.core.Append;
import io.mooring.raft.core.Entry;
import io.mooring.raft.core.EntryId;
import io.mooring.raft.core.HardState;
import io.mooring.raft.core.Persisted;
import java.util.List;

/**
 * Writes the two entries that nobody votes on. Before the log is handed to its driver, on the
 * thread that starts the member: replay applies them, and consensus then begins with the
 * configuration that the member table has. They are ordinary commands, since no core has to weigh
 * them.
 */
public final class Founding {

  private static final long FIRST_TERM = 1;

  private Founding() {}

  /**
   * Begins a new cluster's log: the same entry, of the same term, committed, on every founder. No
   * effect when it is there, from a first start that was cut short.
   */
  public static void first(SegmentLog log, Command found) {
    if (log.last().index() == 0) {
      append(log, new HardState(FIRST_TERM, 0), found);
    }
  }

  /**
   * Makes this member the whole cluster, by an entry of a new term behind everything that its log
   * holds. All of that is taken as committed: what this member was never told to be committed may
   * well have been, and acknowledged; nobody is left who could say otherwise.
   *
   * @param memberId this member, which votes for itself
   */
  public static void force(SegmentLog log, long memberId, Command found) {
    append(log, new HardState(log.hardState().term() + 1, memberId), found);
  }

  private static void append(SegmentLog log, HardState hardState, Command found) {
    Check.that(found.hasFoundCluster(), "R21 only a founding goes around consensus");
    long index = log.last().index() + 1;
    byte[] data = EntryHeader.encode(0, 0, found);
    Entry entry = new Entry(index, hardState.term(), Entry.Kind.COMMAND, data);
    log.append(
        new Append(hardState, List.of(entry), index, new Persisted(hardState, EntryId.of(entry))));
  }
}
