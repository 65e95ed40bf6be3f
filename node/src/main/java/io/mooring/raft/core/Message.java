package io.mooring.raft.core;

import java.util.List;

/**
 * What members tell each other. Any message may be lost, delayed, doubled or overtaken; none may be
 * altered. Byte arrays inside are frozen and shared, not copied.
 *
 * <p>All carry the sender's term, but for the two of a pre-vote, which name the term that the
 * sender would campaign in and has not entered (R15).
 */
public sealed interface Message {

  /** Above this no term is believed: at one a nanosecond it is a century and a half away. */
  long MAX_TERM = Long.MAX_VALUE / 2;

  /** The messages by name. */
  enum Kind {
    APPEND_ENTRIES,
    APPENDED,
    APPEND_REFUSED,
    HEARTBEAT,
    HEARTBEAT_REPLY,
    VOTE_REQUEST,
    VOTE_REPLY,
    INSTALL_SNAPSHOT,
    TIMEOUT_NOW,
    PROPOSE,
    READ_INDEX,
    READ_INDEX_REPLY
  }

  /** What this is. */
  Kind kind();

  /** Member that sent it. */
  long from();

  /** Member that it is for. */
  long to();

  /** See above. */
  long term();

  /** Whether the fields fit together; checked before anything else is done with a message (B90). */
  default boolean isWellFormed() {
    return term() > 0;
  }

  /** Whether only the leader of its term sends it. */
  default boolean isFromLeader() {
    return false;
  }

  /** Whether its term is one that the sender has not entered. */
  default boolean isPreVote() {
    return false;
  }

  /** About what it costs to hold or to send. */
  default long sizeBytes() {
    return 64;
  }

  /**
   * The leader's entries; without any it is a probe, or news of the commit index.
   *
   * @param previous the entry right before them in the leader's log
   * @param entries following it without a gap
   * @param commitIndex of the leader; may be beyond these entries
   * @param news that carries only the commit index: nobody waits for an acknowledgement
   */
  record AppendEntries(
      long from,
      long to,
      long term,
      EntryId previous,
      List<Entry> entries,
      long commitIndex,
      boolean news)
      implements Message {

    /** Takes a list that nobody changes. */
    public AppendEntries {
      entries = List.copyOf(entries);
    }

    /** One that is to be acknowledged. */
    public AppendEntries(
        long from, long to, long term, EntryId previous, List<Entry> entries, long commitIndex) {
      this(from, to, term, previous, entries, commitIndex, false);
    }

    @Override
    public Kind kind() {
      return Kind.APPEND_ENTRIES;
    }

    @Override
    public boolean isFromLeader() {
      return true;
    }

    /** The entry that the receiver's log ends with, at least, once it took this. */
    EntryId last() {
      return entries.isEmpty() ? previous : EntryId.of(entries.get(entries.size() - 1));
    }

    @Override
    public boolean isWellFormed() {
      EntryId before = previous;
      if (term <= 0 || before.index() < 0 || before.term() < 0 || commitIndex < 0) {
        return false;
      }
      if (news && !entries.isEmpty()) {
        return false;
      }
      for (Entry entry : entries) {
        if (entry.index() != before.index() + 1 || entry.term() < before.term()) {
          return false;
        }
        before = EntryId.of(entry);
      }
      return before.term() <= term;
    }

    @Override
    public long sizeBytes() {
      long bytes = 64;
      for (Entry entry : entries) {
        bytes += entry.sizeBytes();
      }
      return bytes;
    }
  }

  /**
   * This member's disk holds what the leader of this term has, up to an index (R11).
   *
   * @param matchIndex durable here and equal to the leader's
   */
  record Appended(long from, long to, long term, long matchIndex) implements Message {
    @Override
    public Kind kind() {
      return Kind.APPENDED;
    }

    @Override
    public boolean isWellFormed() {
      return term > 0 && matchIndex >= 0;
    }
  }

  /**
   * The previous entry of an append is not in this member's log.
   *
   * @param refusedIndex index of that previous entry
   * @param hint the last entry here that may agree with the leader's log: at or below the refused
   *     index, and of a term not above that of the refused entry
   */
  record AppendRefused(long from, long to, long term, long refusedIndex, EntryId hint)
      implements Message {
    @Override
    public Kind kind() {
      return Kind.APPEND_REFUSED;
    }

    @Override
    public boolean isWellFormed() {
      return term > 0 && hint.index() >= 0 && hint.index() <= refusedIndex && hint.term() <= term;
    }
  }

  /**
   * The leader is alive; who answers stands by it.
   *
   * @param commitIndex committed, and known to be in the receiver's log
   * @param round rising with each heartbeat of a term, never used twice (R13)
   */
  record Heartbeat(long from, long to, long term, long commitIndex, long round) implements Message {
    @Override
    public Kind kind() {
      return Kind.HEARTBEAT;
    }

    @Override
    public boolean isFromLeader() {
      return true;
    }

    @Override
    public boolean isWellFormed() {
      return term > 0 && commitIndex >= 0;
    }
  }

  /**
   * The sender has not left the term of that heartbeat.
   *
   * @param round of the heartbeat; 0 when it only tells an old leader of the newer term
   */
  record HeartbeatReply(long from, long to, long term, long round) implements Message {
    @Override
    public Kind kind() {
      return Kind.HEARTBEAT_REPLY;
    }
  }

  /**
   * Asks for a vote.
   *
   * @param last last entry of the candidate's log
   * @param preVote only asks whether the receiver would grant one
   * @param inTransfer the leader itself wants this election, so nobody has to protect it
   */
  record VoteRequest(
      long from, long to, long term, EntryId last, boolean preVote, boolean inTransfer)
      implements Message {
    @Override
    public Kind kind() {
      return Kind.VOTE_REQUEST;
    }

    @Override
    public boolean isPreVote() {
      return preVote;
    }

    @Override
    public boolean isWellFormed() {
      return term > 0 && last.index() >= 0 && last.term() < term;
    }
  }

  /**
   * Answers a request for a vote.
   *
   * @param granted for a pre-vote no more than an opinion, otherwise a promise
   * @param committed an entry that the sender knows to be committed; see {@link Elections#learn}
   */
  record VoteReply(
      long from, long to, long term, boolean preVote, boolean granted, EntryId committed)
      implements Message {
    @Override
    public Kind kind() {
      return Kind.VOTE_REPLY;
    }

    /** A refusal carries the refuser's own term, so that the asker learns of it. */
    @Override
    public boolean isPreVote() {
      return preVote && granted;
    }

    @Override
    public boolean isWellFormed() {
      return term > 0 && committed.index() >= 0 && committed.term() <= term;
    }
  }

  /** A transfer snapshot has arrived whole at the receiver, and waits there to be installed. */
  record InstallSnapshot(long from, long to, long term, Transfer transfer) implements Message {
    @Override
    public Kind kind() {
      return Kind.INSTALL_SNAPSHOT;
    }

    @Override
    public boolean isFromLeader() {
      return true;
    }

    @Override
    public boolean isWellFormed() {
      return term > 0 && transfer.last().index() > 0 && transfer.last().term() <= term;
    }
  }

  /** The leader hands over: campaign now. */
  record TimeoutNow(long from, long to, long term) implements Message {
    @Override
    public Kind kind() {
      return Kind.TIMEOUT_NOW;
    }

    @Override
    public boolean isFromLeader() {
      return true;
    }
  }

  /** A follower's proposals on their way to the leader; sent once, never answered. */
  record Propose(long from, long to, long term, List<Payload> payloads) implements Message {

    /** Takes a list that nobody changes. */
    public Propose {
      payloads = List.copyOf(payloads);
    }

    @Override
    public Kind kind() {
      return Kind.PROPOSE;
    }

    @Override
    public long sizeBytes() {
      long bytes = 64;
      for (Payload payload : payloads) {
        bytes += payload.sizeBytes();
      }
      return bytes;
    }
  }

  /**
   * A follower asks the leader from which index on its reads are linearizable.
   *
   * @param context of the asker; see {@link Raft#readIndex}
   */
  record ReadIndex(long from, long to, long term, long context) implements Message {
    @Override
    public Kind kind() {
      return Kind.READ_INDEX;
    }
  }

  /** The leader's answer; worth nothing to an asker that has another leader or term by then. */
  record ReadIndexReply(long from, long to, long term, long context, long index)
      implements Message {
    @Override
    public Kind kind() {
      return Kind.READ_INDEX_REPLY;
    }

    @Override
    public boolean isFromLeader() {
      return true;
    }

    @Override
    public boolean isWellFormed() {
      return term > 0 && index > 0;
    }
  }
}
