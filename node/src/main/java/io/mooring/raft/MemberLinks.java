package io.mooring.raft;

/**
 * What this member knows of the others beyond the member table: the seam between those who judge
 * changes of membership, and consensus with its peers. Any thread; never blocks.
 */
public interface MemberLinks {

  /** {@link #matchIndex} of a member that is not known, or while this one does not lead. */
  long UNKNOWN = -1;

  /** A member alone. */
  MemberLinks NONE =
      new MemberLinks() {
        @Override
        public long connectedNs(long memberId) {
          return -1;
        }

        @Override
        public long matchIndex(long memberId) {
          return UNKNOWN;
        }
      };

  /** How long the link to another member has been up without a break; negative when it is down. */
  long connectedNs(long memberId);

  /** Highest index that a member is known to hold, itself included; only a leader knows. */
  long matchIndex(long memberId);

  /** What this member counts of reads and heartbeats; one that does not count has zeros. */
  default RaftMeter meter() {
    return new RaftMeter();
  }
}
