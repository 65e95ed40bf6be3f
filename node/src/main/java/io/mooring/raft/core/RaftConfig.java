package io.mooring.raft.core;

import io.mooring.base.Check;
import java.util.Set;

/**
 * Fixed for the life of a core.
 *
 * @param memberId this member, not 0
 * @param voters voting members, this one among them
 * @param maxUncommittedBytes proposals are refused while more than this waits for its commit
 * @param maxAppendBytes entries in one append; a single entry may exceed it
 * @param maxApplyingBytes handed out to apply and not yet applied; a single entry may exceed it
 * @param retainedBytes applied entries kept in memory for members that are behind
 */
public record RaftConfig(
    long memberId,
    Set<Long> voters,
    long maxUncommittedBytes,
    long maxAppendBytes,
    long maxApplyingBytes,
    long retainedBytes) {

  private static final long MEBIBYTE = 1L << 20;

  /** Checks what must hold. */
  public RaftConfig {
    voters = Set.copyOf(voters);
    Check.that(memberId != 0, "member id is 0");
    Check.that(voters.contains(memberId), "this member is no voter", memberId);
    Check.that(maxUncommittedBytes > 0, "maxUncommittedBytes", maxUncommittedBytes);
    Check.that(maxAppendBytes > 0, "maxAppendBytes", maxAppendBytes);
    Check.that(maxApplyingBytes > 0, "maxApplyingBytes", maxApplyingBytes);
    Check.that(retainedBytes >= 0, "retainedBytes", retainedBytes);
  }

  /** A member alone: nobody can be behind, so nothing applied is kept. */
  public static RaftConfig alone(long memberId) {
    return new RaftConfig(
        memberId, Set.of(memberId), 64 * MEBIBYTE, 4 * MEBIBYTE, 16 * MEBIBYTE, 0);
  }
}
