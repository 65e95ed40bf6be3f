package io.mooring.raft.core;

import java.util.HashSet;
import java.util.Set;
import java.util.TreeMap;

/** What a member is in its term, with exactly the state of that role. Only {@link Raft} swaps. */
public sealed interface Role {

  /** The roles by name. */
  enum Kind {
    FOLLOWER,
    CANDIDATE,
    LEADER
  }

  Kind kind();

  /** Leader known in this role, 0 for none. */
  long leaderId();

  /** Waits for somebody to lead, itself included. */
  final class Follower implements Role {
    @Override
    public Kind kind() {
      return Kind.FOLLOWER;
    }

    @Override
    public long leaderId() {
      return 0;
    }
  }

  /** Asks for votes; its own counts once it is durable (R3, R10). */
  final class Candidate implements Role {
    final Set<Long> votes = new HashSet<>();

    @Override
    public Kind kind() {
      return Kind.CANDIDATE;
    }

    @Override
    public long leaderId() {
      return 0;
    }
  }

  /** Orders entries for its term. */
  final class Leader implements Role {
    private final long memberId;
    final ReadIndexQueue reads = new ReadIndexQueue();
    final TreeMap<Long, Progress> progress = new TreeMap<>();

    /**
     * The empty entry of this term; until it is committed the leader may not answer reads (R12).
     */
    final long firstIndex;

    Leader(RaftConfig config, long firstIndex) {
      this.memberId = config.memberId();
      this.firstIndex = firstIndex;
      for (long voter : config.voters()) {
        progress.put(voter, new Progress());
      }
    }

    @Override
    public Kind kind() {
      return Kind.LEADER;
    }

    @Override
    public long leaderId() {
      return memberId;
    }
  }
}
