package io.mooring.raft;

import io.mooring.api.storage.EngineState;
import io.mooring.log.LogException;
import io.mooring.log.SegmentLog;
import io.mooring.raft.core.EntryId;

/**
 * Compares what the log and the engine say, before anything is written. Their only legal relation:
 * the log holds the entry that the engine applied last, in the same term, and everything after it.
 */
public final class Recovery {

  private Recovery() {}

  /**
   * Refuses a pair that does not belong together (S10, R27).
   *
   * @param log opened with the engine's applied index as its anchor
   * @throws LogException naming both positions
   */
  public static void check(SegmentLog log, EngineState engine) {
    EntryId last = log.last();
    EntryId applied = new EntryId(engine.appliedIndex(), engine.appliedTerm());
    if (log.commitIndex() > last.index()) {
      throw new LogException(
          "log lost: index " + log.commitIndex() + " was committed, the log ends at " + last);
    }
    if (applied.index() > last.index()) {
      throw new LogException(
          "log lost: the engine has applied " + applied + ", the log ends at " + last);
    }
    if (applied.index() < log.previous().index()) {
      throw new LogException(
          "the engine has applied only " + applied + ", the log begins after " + log.previous());
    }
    if (!applied.equals(log.anchor())) {
      throw new LogException(
          "the engine has applied " + applied + ", but the log holds " + log.anchor() + " there");
    }
  }
}
