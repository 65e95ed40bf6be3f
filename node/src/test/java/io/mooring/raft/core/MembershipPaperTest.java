package io.mooring.raft.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.mooring.api.testing.Covers;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Membership, leadership transfer and snapshots: sections 6 and 7, and chapters 3 and 4. */
class MembershipPaperTest {

  private final PaperCluster c = new PaperCluster(1, 2, 3);

  private static ConfigChange add(long id) {
    return ConfigChange.of(ConfigChange.Kind.ADD_VOTER, id);
  }

  private static ConfigChange remove(long id) {
    return ConfigChange.of(ConfigChange.Kind.REMOVE, id);
  }

  /**
   * The bug found in 2015: without an entry of its own term a new leader's change could meet
   * another's, in configurations whose quorums do not meet.
   */
  @Test
  @Covers({"R18", "R12"})
  void noChangeBeforeTheTermsFirstCommit() {
    c.raft(1).campaign();
    c.work(1);
    c.raft(1).step(new Message.VoteReply(2, 1, 1, false, true, EntryId.ZERO));
    assertThat(c.role(1)).isEqualTo(Role.Kind.LEADER);
    assertThat(c.raft(1).proposeConfChange(remove(3))).isEqualTo(Refusal.CHANGE_PENDING);
    c.settle();
    assertThat(c.raft(1).proposeConfChange(remove(3))).isNull();
  }

  @Test
  @Covers("R18")
  void oneChangeAtATime() {
    c.lead(1);
    assertThat(c.raft(1).proposeConfChange(remove(3))).isNull();
    assertThat(c.raft(1).proposeConfChange(remove(2))).isEqualTo(Refusal.CHANGE_PENDING);
    c.settle();
    assertThat(c.raft(1).configuration()).isEqualTo(Configuration.of(1, 2));
    assertThat(c.raft(1).proposeConfChange(add(3))).isNull();
  }

  /** A change that is in the log of an older leader holds up those of the next one. */
  @Test
  @Covers("R18")
  void aNewLeaderFirstAppliesTheChangeItFound() {
    c.lead(1);
    c.raft(1).proposeConfChange(remove(3));
    c.work(1);
    for (Message message : c.sent(1)) {
      if (message.to() == 2) {
        c.raft(2).step(message);
      }
    }
    c.work(2);
    c.sent(2);
    c.forgetLeader(3);
    c.tick(2, 10);
    c.settle(2, 3);
    assertThat(c.role(2)).isEqualTo(Role.Kind.LEADER);
    assertThat(c.raft(2).configuration()).isEqualTo(Configuration.of(1, 2));
  }

  @Test
  @Covers("R18")
  void aMemberWithAnUnappliedChangeDoesNotCampaign() {
    c.lead(1);
    c.raft(1).proposeConfChange(remove(3));
    c.work(1);
    c.sent(1).stream().filter(message -> message.to() == 2).forEach(c.raft(2)::step);
    c.work(2);
    c.raft(2).step(new Message.Heartbeat(1, 2, 1, 2, 9));
    assertThat(c.raft(2).commitIndex()).isEqualTo(2);
    c.tick(2, 50);
    assertThat(c.role(2)).isEqualTo(Role.Kind.FOLLOWER);
    c.work(2);
    c.tick(2, 50);
    assertThat(c.role(2)).isNotEqualTo(Role.Kind.FOLLOWER);
  }

  /**
   * A member that was away is sent two changes at once, and loses its power as soon as they are on
   * its disk. By the configuration before both, two of three votes would make it leader, while
   * three of the newest five elect another in the same term.
   */
  @Test
  @Covers("R18")
  void whoeverHasTwoChangesOnDiskKnowsThereThatTheFirstIsCommitted() {
    Entry first = new Entry(1, 1, Entry.Kind.CONFIG, add(4).encode());
    Entry second = new Entry(2, 1, Entry.Kind.CONFIG, add(5).encode());
    c.raft(1).step(new Message.AppendEntries(2, 1, 1, EntryId.ZERO, List.of(first, second), 1));
    c.turn(1);
    c.member(1).persist();
    c.member(1).restart();
    c.tick(1, 50);
    assertThat(c.role(1)).as("role before it has applied the change").isEqualTo(Role.Kind.FOLLOWER);
    c.work(1);
    assertThat(c.raft(1).configuration()).isEqualTo(Configuration.of(1, 2, 3, 4));
  }

  /** 6: more than one voter at once goes through a joint configuration, and out of it. */
  @Test
  @Covers("R19")
  void aReplacementIsJointUntilBothMajoritiesHaveIt() {
    PaperCluster p = new PaperCluster(1, 2, 3).lead(1);
    ConfigChange replace =
        new ConfigChange(
            List.of(
                new ConfigChange.Step(ConfigChange.Kind.REMOVE, 2),
                new ConfigChange.Step(ConfigChange.Kind.REMOVE, 3)),
            new byte[0]);
    assertThat(p.raft(1).proposeConfChange(replace)).isNull();
    for (int i = 0; i < 3 && p.raft(1).commitIndex() < 2; i++) {
      p.work(1);
      for (Message message : p.sent(1)) {
        p.raft(message.to()).step(message);
      }
      p.work(2);
      p.sent(2).forEach(p.raft(1)::step);
    }
    p.work(1);
    assertThat(p.raft(1).configuration().isJoint()).isTrue();
    long leave = p.raft(1).lastIndex();
    assertThat(leave).isEqualTo(3);
    assertThat(p.raft(1).commitIndex()).as("its own majority alone").isEqualTo(2);
    p.settle();
    assertThat(p.raft(1).configuration()).isEqualTo(Configuration.of(1));
  }

  /** 6: a leader that is not part of the new configuration "steps down" once it is committed. */
  @Test
  @Covers("R20")
  void aRemovedLeaderStepsDownAndHandsOver() {
    c.lead(1);
    c.raft(1).proposeConfChange(remove(1));
    c.settle();
    assertThat(c.role(1)).isEqualTo(Role.Kind.FOLLOWER);
    c.tick(1, 100);
    assertThat(c.role(1)).isEqualTo(Role.Kind.FOLLOWER);
    c.forgetLeader(3);
    c.tick(2, 10);
    c.settle();
    assertThat(c.raft(3).softState().leaderId()).isIn(2L, 3L);
  }

  @Test
  @Covers("R22")
  void aPromotedLearnerCounts() {
    Configuration configuration = new Configuration(List.of(1L, 2L), List.of(), List.of(3L));
    PaperCluster l = new PaperCluster(configuration, RaftLimits.DEFAULT, false).lead(1);
    l.propose(1);
    l.settle(1, 3);
    assertThat(l.raft(1).commitIndex()).as("a learner does not count").isEqualTo(1);
    l.raft(1).reportUnreachable(2);
    l.tick(1, 2);
    l.settle();
    l.tick(1, 2);
    l.settle();
    assertThat(l.raft(1).commitIndex()).isEqualTo(2);
    l.raft(1).proposeConfChange(add(3));
    l.settle();
    l.propose(1);
    l.settle(1, 3);
    assertThat(l.raft(1).commitIndex()).isEqualTo(4);
  }

  /** Thesis 3.10: the leader "stops accepting new client requests", and gives up in time. */
  @Test
  @Covers("R23")
  void aTransferRefusesProposalsAndEnds() {
    c.lead(1);
    assertThat(c.raft(2).transferLeadership(3)).isEqualTo(Refusal.NOT_LEADER);
    assertThat(c.raft(1).transferLeadership(9)).isEqualTo(Refusal.NOT_VOTER);
    assertThat(c.raft(1).transferLeadership(1)).isNull();
    assertThat(c.raft(1).transferee()).isZero();
    assertThat(c.raft(1).transferLeadership(2)).isNull();
    assertThat(c.raft(1).propose(List.of(PaperCluster.DATA)))
        .isEqualTo(new Proposed(0, Refusal.IN_TRANSFER));
    c.work(1);
    c.sent(1);
    c.tick(1, 10);
    assertThat(c.raft(1).transferee()).isZero();
    assertThat(c.raft(1).propose(List.of(PaperCluster.DATA)).taken()).isEqualTo(1);
  }

  @Test
  @Covers("R23")
  void aTransferWaitsUntilTheOtherHasEverything() {
    PaperCluster p = PaperCluster.withPreVote(1, 2, 3).lead(1);
    p.propose(1);
    assertThat(p.raft(1).transferLeadership(2)).isNull();
    assertThat(p.sent(1, Message.TimeoutNow.class)).isEmpty();
    p.raft(1).step(new Message.Appended(2, 1, 1, 2));
    assertThat(p.sent(1, Message.TimeoutNow.class)).hasSize(1);
    PaperCluster q = PaperCluster.withPreVote(1, 2, 3).lead(1);
    q.raft(1).transferLeadership(2);
    q.settle();
    assertThat(q.role(2)).isEqualTo(Role.Kind.LEADER);
    assertThat(q.role(1)).isEqualTo(Role.Kind.FOLLOWER);
  }

  /** 7: what is no longer in the log comes as a snapshot. */
  @Test
  @Covers({"R24", "R25"})
  void aMemberBehindTheWindowGetsATransfer() {
    RaftLimits limits =
        new RaftLimits(1_000, 100_000, 10_000, 10_000, 50_000, 0, 1_000, 10_000, 8, 10);
    PaperCluster p = new PaperCluster(Configuration.of(1, 2, 3), limits, false);
    p.raft(1).campaign();
    p.settle(1, 2);
    for (int i = 0; i < 5; i++) {
      p.propose(1);
      p.settle(1, 2);
    }
    p.sent(1);
    p.tick(1, 1);
    p.work(1);
    for (Message beat : p.sent(1)) {
      p.raft(beat.to()).step(beat);
    }
    p.work(3);
    p.sent(3).forEach(p.raft(1)::step);
    p.tick(1, 1);
    assertThat(p.turn(1).transfers()).containsExactly(3L);
    assertThat(p.turn(1).transfers()).as("asked for once").isEmpty();
    Transfer transfer = p.member(1).snapshot();
    Message.InstallSnapshot offer = new Message.InstallSnapshot(1, 3, 1, transfer);
    p.raft(3).step(offer);
    Ready ready = p.turn(3);
    assertThat(ready.install()).isEqualTo(transfer);
    p.raft(3).step(offer);
    assertThat(p.turn(3).install()).as("one at a time").isNull();
    p.tick(3, 50);
    assertThat(p.role(3)).as("no campaign meanwhile").isEqualTo(Role.Kind.FOLLOWER);
    p.raft(3).step(new Message.Heartbeat(1, 3, 1, 0, 99));
    p.member(3).installed();
    assertThat(p.raft(3).commitIndex()).isEqualTo(transfer.last().index());
    assertThat(p.raft(3).appliedIndex()).isEqualTo(transfer.last().index());
    p.settle();
    p.propose(1);
    p.settle();
    assertThat(p.raft(3).lastIndex()).isEqualTo(p.raft(1).lastIndex());
    p.raft(3).step(offer);
    assertThat(p.turn(3).install()).as("older than what is committed").isNull();
  }

  @Test
  @Covers({"R21", "R18"})
  void nothingIsAppliedPastAChangeThatHasNotTakenEffect() {
    Raft raft = c.raft(1);
    c.lead(1);
    raft.proposeConfChange(remove(3));
    raft.propose(List.of(PaperCluster.DATA));
    Ready ready = c.turn(1);
    c.member(1).persist();
    raft.step(new Message.Appended(2, 1, 1, 3));
    ready = c.turn(1);
    assertThat(ready.committed()).extracting(Entry::index).containsExactly(2L);
    assertThatThrownBy(() -> raft.applied(2)).hasMessageStartingWith("R21");
    raft.applyConfigChange(2, true);
    raft.applied(2);
    assertThat(c.turn(1).committed()).extracting(Entry::index).containsExactly(3L);
  }
}
