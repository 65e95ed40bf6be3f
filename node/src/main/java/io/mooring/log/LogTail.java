package io.mooring.log;

import io.mooring.raft.core.EntryId;
import io.mooring.raft.core.HardState;

/**
 * What a log has reached after a whole group.
 *
 * @param position offset in the last segment at which the next group begins
 * @param chain chain value of the last record
 * @param groupNumber number of that group, 0 before the first
 * @param last last entry
 * @param hardState newest
 * @param commitIndex newest that was recorded
 */
record LogTail(
    long position,
    int chain,
    long groupNumber,
    EntryId last,
    HardState hardState,
    long commitIndex) {

  /** Where a segment begins. */
  static LogTail startOf(SegmentHeader header) {
    return new LogTail(
        SegmentHeader.BYTES,
        header.chain(),
        header.groupNumber(),
        header.previous(),
        header.hardState(),
        header.commitIndex());
  }
}
