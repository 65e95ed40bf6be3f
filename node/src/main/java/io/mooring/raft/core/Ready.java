package io.mooring.raft.core;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What the core wants done, taken once per turn. Nothing in it may be dropped; its parts may be
 * carried out at the same time, since each waits for what it needs before it is handed out.
 *
 * @param append to the log; null while one is in flight, or when there is nothing to write
 * @param committed to apply, in order; durable here and on a quorum
 * @param reads confirmed
 * @param softState when it changed since the last Ready, otherwise null
 */
public record Ready(
    @Nullable Append append,
    List<Entry> committed,
    List<ReadState> reads,
    @Nullable SoftState softState) {

  /** Whether there is nothing to do. */
  public boolean isEmpty() {
    return append == null && committed.isEmpty() && reads.isEmpty() && softState == null;
  }
}
