package io.mooring.raft.core;

import io.mooring.base.Check;

/**
 * Every bound of a core (R28), in bytes but for the last two. Where a bound says so, a single item
 * larger than it passes when nothing else is there, so that nothing valid is ever stuck.
 *
 * @param maxEntryBytes one proposal; larger ones are refused whatever else is there
 * @param maxUncommittedBytes proposals are refused while more than this waits for its commit; a
 *     single one may exceed it
 * @param maxAppendBytes entries in one append to the log; a single entry may exceed it
 * @param maxApplyingBytes handed out to apply and not yet applied; a single entry may exceed it
 * @param maxBacklogBytes committed and not applied: beyond it a leader refuses proposals, and a
 *     follower lets appends go by, so that its leader waits
 * @param retainedBytes applied entries kept in memory for members that are behind
 * @param maxMessageBytes entries in one message; a single entry may exceed it
 * @param maxInflightBytes sent to one member and not acknowledged
 * @param maxInflightMessages the same, counted
 * @param maxWaitingReads reads that wait for their proof at a leader
 */
public record RaftLimits(
    int maxEntryBytes,
    long maxUncommittedBytes,
    long maxAppendBytes,
    long maxApplyingBytes,
    long maxBacklogBytes,
    long retainedBytes,
    long maxMessageBytes,
    long maxInflightBytes,
    int maxInflightMessages,
    int maxWaitingReads) {

  private static final long MEBIBYTE = 1L << 20;

  /** What a member in production has. */
  public static final RaftLimits DEFAULT =
      new RaftLimits(
          (int) (64 * MEBIBYTE),
          64 * MEBIBYTE,
          4 * MEBIBYTE,
          16 * MEBIBYTE,
          192 * MEBIBYTE,
          64 * MEBIBYTE,
          MEBIBYTE,
          16 * MEBIBYTE,
          512,
          4_096);

  /**
   * How much more is kept while the state of this leader is on its way to a member, and until that
   * has caught up: otherwise a member whose transfer takes longer than the window lasts would need
   * another, and never arrive.
   */
  private static final int TIMES_IN_TRANSFER = 8;

  /** Bytes of applied entries kept while a transfer is under way. */
  public long retainedInTransferBytes() {
    return retainedBytes * TIMES_IN_TRANSFER;
  }

  /** These limits, within so much memory for what is kept for members that are behind. */
  public RaftLimits retainingAtMost(long bytes) {
    return new RaftLimits(
        maxEntryBytes,
        maxUncommittedBytes,
        maxAppendBytes,
        maxApplyingBytes,
        maxBacklogBytes,
        Math.min(retainedBytes, bytes / TIMES_IN_TRANSFER),
        maxMessageBytes,
        maxInflightBytes,
        maxInflightMessages,
        maxWaitingReads);
  }

  /** Checks what must hold. */
  public RaftLimits {
    Check.that(maxEntryBytes > 0, "maxEntryBytes", maxEntryBytes);
    Check.that(maxUncommittedBytes > 0, "maxUncommittedBytes", maxUncommittedBytes);
    Check.that(maxAppendBytes > 0, "maxAppendBytes", maxAppendBytes);
    Check.that(maxApplyingBytes > 0, "maxApplyingBytes", maxApplyingBytes);
    Check.that(retainedBytes >= 0, "retainedBytes", retainedBytes);
    Check.that(maxMessageBytes > 0, "maxMessageBytes", maxMessageBytes);
    Check.that(maxInflightBytes > 0, "maxInflightBytes", maxInflightBytes);
    Check.that(maxInflightMessages > 0, "maxInflightMessages", maxInflightMessages);
    Check.that(maxWaitingReads > 0, "maxWaitingReads", maxWaitingReads);
    Check.that(
        maxBacklogBytes >= maxApplyingBytes,
        "R28 what is being applied alone exceeds the backlog",
        maxApplyingBytes,
        maxBacklogBytes);
  }
}
