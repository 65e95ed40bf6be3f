package io.mooring.raft.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.mooring.api.testing.Covers;
import io.mooring.base.CheckFailedException;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** One test per claim of the Raft paper that already means something for a member alone. */
class RaftPaperTest {

  private static final byte[] DATA = {1};

  private static final Configuration ALONE = Configuration.of(7);

  private final Raft raft = raft(RaftStart.first(ALONE));

  /** Section 5.2: "When servers start up, they begin as followers." */
  @Test
  void startsAsFollower() {
    assertThat(raft.softState()).isEqualTo(new SoftState(Role.Kind.FOLLOWER, 0, 0));
  }

  /** Section 5.2: "a follower increments its current term and transitions to candidate state". */
  @Test
  @Covers({"R2", "R3"})
  void campaignRaisesTheTermAndVotesForItselfInOneWrite() {
    raft.campaign();
    Append append = append(raft.ready());
    assertThat(append.hardState()).isEqualTo(new HardState(1, 7));
    assertThat(raft.softState().role()).isEqualTo(Role.Kind.CANDIDATE);
  }

  /** Figure 2: "Updated on stable storage before responding to RPCs"; its own vote is one. */
  @Test
  @Covers({"R3", "R10"})
  void ownVoteCountsOnceDurable() {
    raft.campaign();
    Append append = append(raft.ready());
    assertThat(raft.softState().leaderId()).isZero();
    raft.persisted(append.persisted());
    assertThat(raft.softState()).isEqualTo(new SoftState(Role.Kind.LEADER, 1, 7));
  }

  /** Section 5.3 and figure 2: committed once durable on a majority, which here is this disk. */
  @Test
  @Covers({"R9", "R10", "P5", "S1"})
  void commitsOnlyWhatThisDiskHolds() {
    lead();
    raft.propose(List.of(DATA));
    Ready ready = raft.ready();
    assertThat(ready.committed()).isEmpty();
    assertThat(raft.commitIndex()).isEqualTo(1);
    raft.persisted(append(ready).persisted());
    assertThat(raft.commitIndex()).isEqualTo(2);
    assertThat(raft.ready().committed()).extracting(Entry::index).containsExactly(2L);
  }

  /** Section 5.4.2: "only log entries from the leader's current term are committed by counting". */
  @Test
  @Covers({"R10", "R12"})
  void olderTermsCommitThroughTheEmptyEntryOfTheNewOne() {
    Entry old = new Entry(1, 1, Entry.Kind.COMMAND, DATA);
    RaftStart start = new RaftStart(new HardState(1, 7), EntryId.ZERO, ALONE, List.of(old), 0);
    Raft restarted = raft(start);
    restarted.campaign();
    persist(restarted);
    assertThat(restarted.commitIndex()).isZero();
    persist(restarted);
    assertThat(restarted.commitIndex()).isEqualTo(2);
  }

  /** Section 5.3: the leader "never overwrites or deletes entries in its log" (R4). */
  @Test
  @Covers({"R4", "R6", "R8", "R26"})
  void handsEveryEntryOutOnceInOrder() {
    lead();
    List<Entry> handed = new ArrayList<>();
    for (int i = 0; i < 50; i++) {
      raft.propose(List.of(DATA, DATA));
      Ready ready = raft.ready();
      handed.addAll(ready.committed());
      if (ready.append() != null) {
        raft.persisted(append(ready).persisted());
      }
    }
    for (int i = 0; i < handed.size(); i++) {
      assertThat(handed.get(i).index()).isEqualTo(i + 2);
      assertThat(handed.get(i).term()).isEqualTo(1);
    }
    assertThat(handed.size()).isGreaterThan(90);
  }

  /** Section 8: a leader "must have the latest information on which entries are committed". */
  @Test
  @Covers({"R12", "R13"})
  void answersNoReadBeforeItsFirstCommit() {
    raft.campaign();
    persist(raft);
    assertThat(raft.readIndex(1)).isNull();
    Ready ready = raft.ready();
    assertThat(ready.reads()).isEmpty();
    raft.persisted(append(ready).persisted());
    assertThat(raft.ready().reads()).containsExactly(new ReadState(1, 1));
    assertThatThrownBy(() -> raft.readIndex(1)).hasMessageStartingWith("R13");
  }

  @Test
  void onlyALeaderTakesProposalsAndReads() {
    assertThat(raft.propose(List.of(DATA))).isEqualTo(new Proposed(0, Refusal.NO_LEADER));
    assertThat(raft.readIndex(1)).isEqualTo(Refusal.NO_LEADER);
  }

  @Test
  @Covers("R11")
  void refusesACompletionThatIsNotItsOwn() {
    lead();
    raft.propose(List.of(DATA));
    raft.ready();
    Persisted other = new Persisted(new HardState(1, 7), new EntryId(2, 9));
    assertThatThrownBy(() -> raft.persisted(other)).isInstanceOf(CheckFailedException.class);
  }

  @Test
  @Covers("R9")
  void refusesAppliedBeyondWhatWasHandedOut() {
    lead();
    raft.propose(List.of(DATA));
    assertThatThrownBy(() -> raft.applied(2)).hasMessageStartingWith("R26");
  }

  @Test
  @Covers("R27")
  void refusesACommitIndexBeyondTheLog() {
    assertThatThrownBy(() -> new RaftStart(new HardState(1, 7), EntryId.ZERO, ALONE, List.of(), 3))
        .hasMessageStartingWith("R27");
  }

  private static Raft raft(RaftStart start) {
    return new Raft(RaftConfig.of(7), start, new SplittableRandom(1));
  }

  private void lead() {
    raft.campaign();
    persist(raft);
    persist(raft);
    raft.ready();
  }

  private static void persist(Raft member) {
    member.persisted(append(member.ready()).persisted());
  }

  private static Append append(Ready ready) {
    return Objects.requireNonNull(ready.append());
  }
}
