package io.mooring.raft.core;

import static org.assertj.core.api.Assertions.assertThat;

import io.mooring.api.testing.Covers;
import java.util.List;
import java.util.SplittableRandom;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/** What the Raft paper claims of elections: sections 5.1, 5.2, 5.4.1, 6 and 9.6 of the thesis. */
class ElectionPaperTest {

  private final PaperCluster c = new PaperCluster(1, 2, 3);

  /** 5.1: "If one server's current term is smaller than the other's, then it updates". */
  @Test
  @Covers("R2")
  void everyRoleStepsDownOnANewerTerm() {
    for (Role.Kind from : Role.Kind.values()) {
      PaperCluster cluster = PaperCluster.withPreVote(1, 2, 3);
      switch (from) {
        case FOLLOWER -> {}
        case PRE_CANDIDATE -> cluster.raft(1).campaign();
        case CANDIDATE -> cluster.raft(1).becomeCandidate(false);
        case LEADER -> cluster.lead(1);
      }
      assertThat(cluster.role(1)).isEqualTo(from);
      cluster.raft(1).step(new Message.Heartbeat(2, 1, 7, 0, 1));
      assertThat(cluster.raft(1).softState()).isEqualTo(new SoftState(Role.Kind.FOLLOWER, 7, 2));
      assertThat(cluster.raft(1).hardState()).isEqualTo(new HardState(7, 0));
    }
  }

  /** 5.1: "If a server receives a request with a stale term number, it rejects the request". */
  @Test
  @Covers("R2")
  void refusesWhatIsOfAnOlderTerm() {
    c.lead(1);
    c.raft(2).step(new Message.Heartbeat(3, 2, 5, 0, 1));
    c.work(2);
    c.sent(2);
    c.raft(2).step(new Message.AppendEntries(1, 2, 1, new EntryId(1, 1), List.of(), 9));
    assertThat(c.raft(2).softState()).isEqualTo(new SoftState(Role.Kind.FOLLOWER, 5, 3));
    // The old leader learns that it is one.
    Message answer = c.sent(2, Message.HeartbeatReply.class).get(0);
    c.raft(1).step(answer);
    assertThat(c.raft(1).softState()).isEqualTo(new SoftState(Role.Kind.FOLLOWER, 5, 0));
  }

  /** 5.2: "If a follower receives no communication over … the election timeout", it campaigns. */
  @Test
  @Covers("R15")
  void campaignsWhenItHearsNothing() {
    c.tick(1, 9);
    assertThat(c.role(1)).isEqualTo(Role.Kind.FOLLOWER);
    c.tick(1, 1);
    assertThat(c.role(1)).isEqualTo(Role.Kind.CANDIDATE);
    assertThat(c.raft(1).hardState()).isEqualTo(new HardState(1, 1));
    PaperCluster led = new PaperCluster(1, 2, 3).lead(2);
    for (int i = 0; i < 50; i++) {
      led.tick(2, 1);
      led.settle();
      led.tick(1, 1);
    }
    assertThat(led.raft(1).softState().leaderId()).isEqualTo(2);
  }

  /** 5.2: it "issues RequestVote RPCs in parallel", once its own vote is durable (figure 2). */
  @Test
  @Covers({"R3", "S1"})
  void asksForVotesOnceItsOwnIsDurable() {
    c.raft(1).campaign();
    assertThat(c.turn(1).messages()).isEmpty();
    c.member(1).persist();
    assertThat(c.turn(1).messages())
        .containsExactly(
            new Message.VoteRequest(1, 2, 1, EntryId.ZERO, false, false),
            new Message.VoteRequest(1, 3, 1, EntryId.ZERO, false, false));
  }

  /** 5.2: "Each server will vote for at most one candidate in a given term", crashes included. */
  @Test
  @Covers({"R3", "S1"})
  void votesOnceInATermAcrossCrashes() {
    c.raft(1).step(new Message.VoteRequest(2, 1, 4, EntryId.ZERO, false, false));
    assertThat(c.turn(1).messages()).as("not before it is durable").isEmpty();
    c.member(1).persist();
    assertThat(c.turn(1).messages())
        .containsExactly(new Message.VoteReply(1, 2, 4, false, true, EntryId.ZERO));
    c.member(1).restart();
    c.sent(1);
    c.raft(1).step(new Message.VoteRequest(3, 1, 4, EntryId.ZERO, false, false));
    c.raft(1).step(new Message.VoteRequest(2, 1, 4, EntryId.ZERO, false, false));
    assertThat(c.sent(1, Message.VoteReply.class))
        .extracting(Message.VoteReply::granted)
        .containsExactly(false, true);
  }

  /** A crash before the vote is durable: nobody heard of it, so another may have it. */
  @Test
  @Covers({"R3", "F3"})
  void aVoteThatWasNotDurableWasNotGiven() {
    c.raft(1).step(new Message.VoteRequest(2, 1, 4, EntryId.ZERO, false, false));
    assertThat(c.turn(1).messages()).isEmpty();
    c.member(1).restart();
    assertThat(c.term(1)).isZero();
    c.raft(1).step(new Message.VoteRequest(3, 1, 4, EntryId.ZERO, false, false));
    assertThat(c.sent(1, Message.VoteReply.class).get(0).granted()).isTrue();
  }

  /** 5.2: "wins an election if it receives votes from a majority of the servers", each once. */
  @Test
  @Covers({"R1", "R10", "B93"})
  void needsAMajorityOfDistinctVoters() {
    PaperCluster five = new PaperCluster(1, 2, 3, 4, 5);
    five.raft(1).campaign();
    five.work(1);
    Message.VoteReply vote = new Message.VoteReply(2, 1, 1, false, true, EntryId.ZERO);
    five.raft(1).step(vote);
    five.raft(1).step(vote);
    five.raft(1).step(new Message.VoteReply(9, 1, 1, false, true, EntryId.ZERO));
    assertThat(five.role(1)).isEqualTo(Role.Kind.CANDIDATE);
    five.raft(1).step(new Message.VoteReply(3, 1, 1, false, true, EntryId.ZERO));
    assertThat(five.role(1)).isEqualTo(Role.Kind.LEADER);
  }

  /** 5.2: a candidate that hears a leader of its term "returns to follower state". */
  @Test
  void aCandidateFollowsTheLeaderOfItsTerm() {
    c.raft(1).campaign();
    c.raft(1).step(new Message.AppendEntries(2, 1, 1, EntryId.ZERO, List.of(), 0));
    assertThat(c.raft(1).softState()).isEqualTo(new SoftState(Role.Kind.FOLLOWER, 1, 2));
  }

  /** 5.2: timeouts "are chosen randomly from a fixed interval", anew each time. */
  @Test
  void electionTimeoutsSpread() {
    TreeSet<Integer> seen = new TreeSet<>();
    SplittableRandom random = new SplittableRandom(3);
    for (int i = 0; i < 500; i++) {
      RaftStart start = RaftStart.first(Configuration.of(1, 2, 3));
      Raft raft = new Raft(RaftConfig.of(1), start, random);
      int ticks = 0;
      while (raft.softState().role() == Role.Kind.FOLLOWER) {
        raft.tick();
        ticks++;
      }
      seen.add(ticks);
    }
    assertThat(seen).containsExactly(10, 11, 12, 13, 14, 15, 16, 17, 18, 19);
  }

  /** 5.4.1: "the voter denies its vote if its own log is more up-to-date". */
  @Test
  @Covers("R7")
  void votesOnlyForLogsAtLeastAsUpToDate() {
    long[][] cases = { // own last index, own last term, asked last index, asked last term, granted
      {2, 1, 2, 1, 1}, {2, 1, 3, 1, 1}, {2, 1, 1, 2, 1}, {2, 1, 1, 1, 0}, {1, 2, 9, 1, 0},
    };
    for (long[] each : cases) {
      PaperCluster cluster = new PaperCluster(1, 2, 3);
      long[] terms = new long[(int) each[0]];
      java.util.Arrays.fill(terms, each[1]);
      cluster.fill(1, 3, terms);
      EntryId last = new EntryId(each[2], each[3]);
      cluster.raft(1).step(new Message.VoteRequest(2, 1, 9, last, false, false));
      assertThat(cluster.sent(1, Message.VoteReply.class).get(0).granted())
          .as(java.util.Arrays.toString(each))
          .isEqualTo(each[4] == 1);
    }
  }

  /** Thesis 9.6: a pre-vote disturbs nobody, and raises a term only when it could win. */
  @Test
  @Covers("R15")
  void aPreVoteChangesNeitherTermNorVote() {
    PaperCluster p = PaperCluster.withPreVote(1, 2, 3);
    p.tick(1, 10);
    assertThat(p.role(1)).isEqualTo(Role.Kind.PRE_CANDIDATE);
    List<Message> asked = p.turn(1).messages();
    assertThat(asked).hasSize(2);
    p.raft(2).step(asked.get(0));
    assertThat(p.raft(1).hardState()).isEqualTo(HardState.NONE);
    assertThat(p.raft(2).hardState()).isEqualTo(HardState.NONE);
    p.raft(1).step(p.turn(2).messages().get(0));
    assertThat(p.raft(1).hardState()).isEqualTo(new HardState(1, 1));
  }

  /** 5.2: randomized timeouts make split votes rare; two that ask in one instant split none. */
  @Test
  @Covers({"R15", "P23"})
  void ofTwoThatAskAtTheSameTimeOneMakesWay() {
    for (long longer = 1; longer <= 3; longer++) {
      PaperCluster p = PaperCluster.withPreVote(1, 2, 3).lead(1);
      if (longer > 1) {
        p.propose(1);
        p.settle(1, longer);
      }
      p.tick(2, 20);
      p.tick(3, 20);
      assertThat(p.role(2)).isEqualTo(Role.Kind.PRE_CANDIDATE);
      assertThat(p.role(3)).isEqualTo(Role.Kind.PRE_CANDIDATE);
      p.settle(2, 3);
      long leads = longer == 1 ? 3 : longer;
      assertThat(p.raft(2).softState().leaderId()).isEqualTo(leads);
      assertThat(p.raft(3).softState()).extracting(SoftState::term).isEqualTo(2L);
    }
  }

  /** 6: servers "disregard RequestVote RPCs when they believe a current leader exists". */
  @Test
  @Covers({"R15", "R20"})
  void aMemberThatWasCutOffDoesNotUnseatALeader() {
    PaperCluster p = PaperCluster.withPreVote(1, 2, 3).lead(1);
    p.tick(3, 100);
    for (Message request : p.sent(3, Message.VoteRequest.class)) {
      p.raft((int) request.to()).step(request);
    }
    for (long term = 2; term < 50; term++) {
      p.raft(2).step(new Message.VoteRequest(3, 2, term, new EntryId(9, 1), false, false));
      p.raft(1).step(new Message.VoteRequest(3, 1, term, new EntryId(9, 1), false, false));
    }
    p.settle();
    assertThat(p.raft(1).softState()).isEqualTo(new SoftState(Role.Kind.LEADER, 1, 1));
    assertThat(p.raft(2).softState()).isEqualTo(new SoftState(Role.Kind.FOLLOWER, 1, 1));
  }

  /** 6.2 of the thesis: a leader that hears no quorum for an election timeout "steps down". */
  @Test
  @Covers("R16")
  void aLeaderWithoutAQuorumStepsDown() {
    c.lead(1);
    c.tick(1, 10);
    c.settle();
    c.tick(1, 10);
    assertThat(c.role(1)).as("it was heard in this timeout").isEqualTo(Role.Kind.LEADER);
    c.tick(1, 10);
    assertThat(c.raft(1).softState()).isEqualTo(new SoftState(Role.Kind.FOLLOWER, 1, 0));
    assertThat(c.raft(1).propose(List.of(PaperCluster.DATA)))
        .isEqualTo(new Proposed(0, Refusal.NO_LEADER));
  }

  @Test
  @Covers("R22")
  void aLearnerNeitherCampaignsNorCountsButAnswers() {
    Configuration configuration = new Configuration(List.of(1L, 2L), List.of(), List.of(3L));
    PaperCluster l = new PaperCluster(configuration, RaftLimits.DEFAULT, false);
    l.tick(3, 100);
    l.raft(3).campaign();
    assertThat(l.role(3)).isEqualTo(Role.Kind.FOLLOWER);
    l.raft(1).campaign();
    l.settle(1, 3);
    assertThat(l.role(1)).isEqualTo(Role.Kind.CANDIDATE);
    l.raft(3).step(new Message.VoteRequest(2, 3, 8, EntryId.ZERO, false, false));
    assertThat(l.sent(3, Message.VoteReply.class).get(0).granted()).isTrue();
  }

  /** Wrong recipient, itself, terms beyond all reason: nothing changes. */
  @Test
  @Covers({"R17", "B90"})
  void dropsWhatIsNotForItOrMakesNoSense() {
    c.lead(1);
    SoftState before = c.raft(2).softState();
    long last = c.raft(2).lastIndex();
    EntryId at = new EntryId(1, 1);
    for (Message bad :
        List.of(
            new Message.Heartbeat(1, 3, 9, 0, 1),
            new Message.Heartbeat(2, 2, 9, 0, 1),
            new Message.Heartbeat(0, 2, 9, 0, 1),
            new Message.Heartbeat(3, 2, Long.MAX_VALUE, 0, 1),
            new Message.Heartbeat(3, 2, 9, -1, 1),
            new Message.AppendEntries(3, 2, 9, at, List.of(PaperCluster.entry(4, 2)), 0),
            new Message.AppendEntries(3, 2, 9, at, List.of(PaperCluster.entry(2, 10)), 0),
            new Message.AppendEntries(
                3, 2, 9, at, List.of(PaperCluster.entry(2, 5), PaperCluster.entry(3, 4)), 0),
            new Message.VoteRequest(3, 2, 9, new EntryId(1, 9), false, false))) {
      c.raft(2).step(bad);
      assertThat(c.raft(2).softState()).as(bad.toString()).isEqualTo(before);
      assertThat(c.raft(2).lastIndex()).isEqualTo(last);
    }
  }
}
