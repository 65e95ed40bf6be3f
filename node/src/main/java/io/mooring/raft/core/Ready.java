package io.mooring.raft.core;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What the core wants done, taken once per turn. Nothing in it may be dropped but messages, and its
 * parts may be carried out at the same time: whatever has to wait for the disk is handed out only
 * after {@link Raft#persisted} has reported it.
 *
 * @param append to the log; null while one is in flight, or when there is nothing to write
 * @param messages to other members, to be sent now; those to one member in this order
 * @param committed to apply, in order; durable here and on a quorum. Ends with a configuration
 *     change if there is one: nothing more comes before {@link Raft#applyConfigChange}
 * @param reads confirmed
 * @param transfers members that are behind the log window and need a transfer snapshot, each to be
 *     answered by {@link Raft#reportSnapshot}
 * @param install a received transfer snapshot to be installed, after everything committed so far
 *     has been applied, then reported by {@link Raft#installed} or {@link Raft#installFailed}
 * @param softState when it changed since the last Ready, otherwise null
 */
public record Ready(
    @Nullable Append append,
    List<Message> messages,
    List<Entry> committed,
    List<ReadState> reads,
    List<Long> transfers,
    @Nullable Transfer install,
    @Nullable SoftState softState) {

  /** Whether there is nothing to do. */
  public boolean isEmpty() {
    return append == null
        && messages.isEmpty()
        && committed.isEmpty()
        && reads.isEmpty()
        && transfers.isEmpty()
        && install == null
        && softState == null;
  }
}
