package io.mooring.raft.core;

import io.mooring.raft.core.SimDisk.MachineState;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;

/** Sees everything that happens in a simulated cluster, and what must never happen. */
final class SimChecker {

  private final Map<Long, Long> leaderOfTerm = new HashMap<>();
  private final Map<EntryId, Long> written = new HashMap<>();
  private final Map<EntryId, Long> voteOf = new HashMap<>();

  /** Every entry that anybody ever held to be committed. */
  private final TreeMap<Long, EntryId> committed = new TreeMap<>();

  private final Map<Long, Long> hashAt = new HashMap<>();
  private final Map<Long, Configuration> configurationAt = new HashMap<>();
  long committedIndex;

  /** R5: what stands under an index and term, and what stands before it, is the same everywhere. */
  void appended(Entry entry, EntryId before) {
    long hash = Arrays.hashCode(entry.data()) * 31L + before.term() * 7 + entry.kind().id();
    Long known = written.putIfAbsent(EntryId.of(entry), hash);
    that(known == null || known == hash, "R5 another entry as " + EntryId.of(entry));
  }

  /** R1, R7: one leader per term, and it has everything that was ever committed. */
  void leads(long member, long term, RaftLog log) {
    Long known = leaderOfTerm.putIfAbsent(term, member);
    that(known == null || known == member, "R1 two leaders in term " + term);
    if (known == null) {
      for (EntryId id : committed.tailMap(log.base().index()).values()) {
        boolean mustHold = id.term() < term;
        that(!mustHold || log.holds(id), "R7 leader " + member + " of " + term + " lacks " + id);
      }
    }
  }

  /** R9, R10: a commit index moves up, over entries that a quorum of disks holds. */
  void commits(SimMember member, long from, long to) {
    that(to >= from, "R9 commit index of " + member.id + " fell");
    for (long index = Math.max(from + 1, member.raft.log().base().index() + 1);
        index <= to;
        index++) {
      EntryId id = member.raft.log().idAt(index);
      EntryId known = committed.putIfAbsent(index, id);
      that(known == null || known.equals(id), "R8 committed " + id + " and " + known);
    }
    committedIndex = Math.max(committedIndex, to);
  }

  /** R10, on the disks themselves. */
  void leaderCommits(SimMember leader, Map<Long, SimMember> members) {
    EntryId id = leader.raft.log().idAt(leader.raft.commitIndex());
    that(id.term() == leader.raft.hardState().term(), "R10 committed by counting an older " + id);
    Quorum quorum = new Quorum(leader.raft.configuration());
    that(
        quorum.reached(voter -> members.containsKey(voter) && members.get(voter).disk.holds(id)),
        "R10 no quorum holds " + id);
  }

  /** R8, R26, R21: equal applied index, equal state and configuration. */
  void applied(MachineState before, MachineState after) {
    that(after.last().index() == before.last().index() + 1, "R26 applied out of order");
    state(after);
  }

  void state(MachineState state) {
    long index = state.last().index();
    Long hash = hashAt.putIfAbsent(index, state.hash());
    that(hash == null || hash == state.hash(), "R8 other state at " + state.last());
    Configuration known = configurationAt.putIfAbsent(index, state.configuration());
    that(known == null || known.equals(state.configuration()), "R21 configuration at " + index);
    EntryId entry = committed.putIfAbsent(index, state.last());
    that(entry == null || entry.equals(state.last()), "R8 applied " + state.last());
  }

  /** R2, R3, R11: what leaves a member rests on its disk. */
  void sends(Message message, SimDisk disk) {
    if (!message.isPreVote()) {
      that(message.term() <= disk.hardState.term(), "R2 sent beyond the stored term " + message);
    }
    if (message instanceof Message.VoteReply vote && vote.granted() && !vote.preVote()) {
      vote(vote.from(), vote.to(), vote.term());
      that(disk.hardState.term() > vote.term() || disk.hardState.vote() == vote.to(), "R3 " + vote);
    } else if (message instanceof Message.VoteRequest request && !request.preVote()) {
      vote(request.from(), request.from(), request.term());
    } else if (message instanceof Message.Appended ack) {
      that(ack.matchIndex() <= disk.lastIndex(), "R11 acknowledged what is not durable " + ack);
    }
  }

  private void vote(long voter, long candidate, long term) {
    Long known = voteOf.putIfAbsent(new EntryId(term, voter), candidate);
    that(known == null || known == candidate, "R3 " + voter + " voted twice in " + term);
  }

  /** R13: a read is at or above everything that was committed when it was asked. */
  void read(long asked, long index) {
    that(index >= asked, "R13 stale read: " + index + " after " + asked);
  }

  int terms() {
    return leaderOfTerm.size();
  }

  static void that(boolean condition, String message) {
    if (!condition) {
      throw new AssertionError(message);
    }
  }
}
