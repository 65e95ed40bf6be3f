package io.mooring.sim.cluster;

import static io.mooring.sim.cluster.Truth.that;

import io.mooring.log.LogReader;
import io.mooring.raft.RaftStatus;
import io.mooring.raft.core.Entry;
import io.mooring.raft.core.EntryId;
import io.mooring.raft.core.HardState;
import io.mooring.raft.core.Message;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Sees every message as it leaves, every step, and every disk that a process begins on. It follows
 * them in an abstract Raft: who voted for whom, who leads a term, what stands at an index and term,
 * who acknowledged what.
 */
final class Witness {

  private final World world;
  private final Map<Long, Long> leaderOfTerm = new HashMap<>();
  private final Map<EntryId, Integer> written = new HashMap<>();

  /** Who granted a candidate its vote in a term: by term and candidate. */
  private final Map<EntryId, Set<Long>> votes = new HashMap<>();

  /** What members acknowledged to the leader of a term: by term and member. */
  private final Map<EntryId, Long> acked = new HashMap<>();

  private final Map<Member, RaftStatus> before = new HashMap<>();
  private long recoveries;

  Witness(World world) {
    this.world = world;
  }

  // Messages.

  void sends(Life life, Message message) {
    Member member = life.member;
    that(message.from() == member.id, "sent in the name of another");
    if (message.isPreVote()) {
      return;
    }
    HardState durable = life.log.hardState();
    if (promises(message)) {
      that(
          durable.term() >= message.term(),
          () -> "R2 " + member + " sent " + message + " and has stored " + durable);
    }
    member.sentTerm = Math.max(member.sentTerm, message.term());
    if (message instanceof Message.VoteRequest request) {
      votes(member, request.term(), member.id, durable);
    } else if (message instanceof Message.VoteReply reply && reply.granted()) {
      votes(member, reply.term(), reply.to(), durable);
    } else if (message instanceof Message.Appended ack) {
      acknowledges(life, ack);
    } else if (message instanceof Message.AppendEntries append) {
      leads(member, append.term());
      append.entries().forEach(this::stands);
    } else if (message instanceof Message.Heartbeat) {
      leads(member, message.term());
    }
  }

  /** Messages that speak for a term, a vote or an entry. */
  private static boolean promises(Message message) {
    return message instanceof Message.VoteReply
        || message instanceof Message.VoteRequest
        || message instanceof Message.Appended;
  }

  private void votes(Member voter, long term, long candidate, HardState durable) {
    that(
        voter.votedTerm != term || voter.votedFor == candidate,
        () -> "R3 " + voter + " voted twice in term " + term);
    that(term >= voter.votedTerm, () -> "R2 " + voter + " votes in an old term " + term);
    that(
        durable.term() > term || durable.vote() == candidate,
        () -> "R3 " + voter + " has not stored its vote in term " + term);
    voter.votedTerm = term;
    voter.votedFor = candidate;
    votes.computeIfAbsent(new EntryId(term, candidate), key -> new HashSet<>()).add(voter.id);
  }

  private void acknowledges(Life life, Message.Appended ack) {
    Member member = life.member;
    that(
        ack.matchIndex() <= life.log.last().index(),
        () -> "R11 " + member + " acknowledged " + ack + ", durable is " + life.log.last());
    if (ack.term() > member.ackedTerm) {
      member.ackedTerm = ack.term();
      member.ackedIndex = 0;
    }
    member.ackedIndex = Math.max(member.ackedIndex, ack.matchIndex());
    acked.merge(new EntryId(ack.term(), member.id), ack.matchIndex(), Math::max);
  }

  /** R1, R7: one leader per term, elected by a quorum, that has everything committed before. */
  private void leads(Member member, long term) {
    Long known = leaderOfTerm.putIfAbsent(term, member.id);
    that(known == null || known == member.id, () -> "R1 two leaders in term " + term);
    if (known != null) {
      return;
    }
    world.count("leader");
    Life life = java.util.Objects.requireNonNull(member.life());
    List<Long> voters = life.apply.view().membership().voters();
    long granted =
        votes.getOrDefault(new EntryId(term, member.id), Set.of()).stream()
            .filter(voters::contains)
            .count();
    that(
        2 * (granted + slack()) > voters.size(),
        () -> "R1 " + member + " leads term " + term + " with " + granted + " votes of " + voters);
    EntryId last = world.truth.last();
    that(
        last.term() >= term || life.raft.status().lastIndex() >= last.index(),
        () -> "R7 " + member + " leads term " + term + " and lacks " + last);
  }

  /** The machine's table may be ahead of the core's configuration, by one change at a time. */
  private int slack() {
    return world.settings.membership() ? 1 : 0;
  }

  /** R5: what stands under an index and term is the same everywhere. */
  private void stands(Entry entry) {
    int hash = Arrays.hashCode(entry.data()) * 31 + entry.kind().id();
    Integer known = written.putIfAbsent(EntryId.of(entry), hash);
    that(known == null || known == hash, () -> "R5 two entries as " + EntryId.of(entry));
  }

  // Steps.

  /** After every step, over all members. */
  void look() {
    for (Member member : world.members()) {
      Life life = member.life();
      if (life == null || life.raft == null) {
        before.remove(member);
        continue;
      }
      RaftStatus now = life.raft.status();
      RaftStatus old = before.put(member, now);
      if (old == null || old == now) {
        continue;
      }
      that(now.term() >= old.term(), () -> "R2 the term of " + member + " fell");
      that(
          now.commitIndex() >= old.commitIndex(),
          () -> "R9 the commit index of " + member + " fell");
      that(now.appliedIndex() >= old.appliedIndex(), () -> "R9 " + member + " applied less");
      that(now.appliedIndex() <= now.commitIndex(), () -> "R9 " + member + " applied too much");
      that(now.commitIndex() <= now.lastIndex(), () -> "R9 " + member + " commits what it lacks");
      boolean led = old.leaderId() == member.id && old.term() == now.term();
      if (led && now.commitIndex() > old.commitIndex()) {
        commits(life, now);
      }
    }
  }

  /** R10: a leader commits what a quorum has on its disks. */
  private void commits(Life life, RaftStatus status) {
    List<Long> voters = life.apply.view().membership().voters();
    long have =
        voters.stream()
            .filter(
                voter ->
                    voter == life.member.id
                        ? life.log.last().index() >= status.commitIndex()
                        : acked.getOrDefault(new EntryId(status.term(), voter), 0L)
                            >= status.commitIndex())
            .count();
    that(
        2 * (have + slack()) > voters.size(),
        () ->
            "R10 "
                + life.member
                + " commits "
                + status.commitIndex()
                + " with "
                + have
                + " of "
                + voters);
  }

  // Recovery.

  /** A disk is opened: everything that was promised is on it (C9). */
  void opened(Life life) {
    Member member = life.member;
    recoveries++;
    before.remove(member);
    HardState found = life.log.hardState();
    that(
        found.term() >= member.votedTerm && found.term() >= member.ackedTerm,
        () -> "R2 " + member + " finds " + found + ", voted in " + member.votedTerm);
    that(
        found.term() > member.votedTerm || member.votedTerm == 0 || found.vote() == member.votedFor,
        () -> "R3 " + member + " forgot its vote for " + member.votedFor + ": " + found);
    EntryId last = life.log.last();
    that(
        found.term() > member.ackedTerm || last.index() >= member.ackedIndex,
        () ->
            "R11 " + member + " lost what it acknowledged: " + member.ackedIndex + ", has " + last);
    that(
        last.index() >= member.appliedIndex,
        () -> "R9 " + member + " lost what it applied: " + member.appliedIndex + ", has " + last);
    entries(life);
  }

  private void entries(Life life) {
    long from = Math.max(life.log.previous().index(), life.apply.view().appliedIndex()) + 1;
    try (LogReader reader = life.log.reader(from)) {
      for (List<Entry> some = reader.next(1 << 16); !some.isEmpty(); some = reader.next(1 << 16)) {
        for (Entry entry : some) {
          stands(entry);
          boolean mustBe = entry.index() <= life.member.appliedIndex;
          that(
              !mustBe || world.truth.entry(entry.index()).term() == entry.term(),
              () -> "R8 " + life.member + " finds another entry at " + entry.index());
        }
      }
    }
  }

  long recoveries() {
    return recoveries;
  }

  int terms() {
    return leaderOfTerm.size();
  }
}
