package io.mooring.raft.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.mooring.api.testing.Covers;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What the Raft paper claims of log replication and safety: sections 5.3 to 5.5 and 8. */
class ReplicationPaperTest {

  private final PaperCluster c = new PaperCluster(1, 2, 3);

  /** 5.3: it "appends the command to its log as a new entry, then issues AppendEntries". */
  @Test
  @Covers("R10")
  void sendsWhileItsOwnDiskWrites() {
    c.lead(1);
    c.propose(1);
    Ready ready = c.turn(1);
    assertThat(ready.append()).isNotNull();
    assertThat(ready.messages()).hasSize(2);
    assertThat(((Message.AppendEntries) ready.messages().get(0)).entries()).hasSize(1);
  }

  /** 5.3: committed once "replicated … on a majority", which need not include the leader. */
  @Test
  @Covers({"R10", "P5"})
  void commitsWhatAMajorityHasWithoutItsOwnDisk() {
    c.lead(1);
    c.propose(1);
    c.turn(1);
    Message.Appended from2 = new Message.Appended(2, 1, 1, 2);
    c.raft(1).step(from2);
    c.raft(1).step(from2);
    assertThat(c.raft(1).commitIndex()).as("one disk of three").isEqualTo(1);
    c.raft(1).step(new Message.Appended(3, 1, 1, 2));
    assertThat(c.raft(1).commitIndex()).isEqualTo(2);
    assertThat(c.turn(1).committed()).as("not durable here").isEmpty();
  }

  @Test
  @Covers({"R10", "R11", "S1"})
  void aFollowerAcknowledgesWhatItsDiskHolds() {
    c.lead(1);
    c.propose(1);
    c.turn(1);
    for (Message message : c.sent(1)) {
      c.raft(message.to()).step(message);
    }
    assertThat(c.turn(2).messages()).isEmpty();
    c.member(2).persist();
    assertThat(c.turn(2).messages()).containsExactly(new Message.Appended(2, 1, 1, 2));
  }

  /** R11, ABA: an append that was replaced while it was written acknowledges nothing. */
  @Test
  @Covers("R11")
  void aLateCompletionOfAReplacedTailSaysNothingAboutTheNewOne() {
    EntryId zero = EntryId.ZERO;
    Entry old = PaperCluster.entry(1, 1);
    Entry newer = PaperCluster.entry(1, 2);
    c.raft(2).step(new Message.AppendEntries(1, 2, 1, zero, List.of(old), 0));
    c.turn(2);
    c.raft(2).step(new Message.AppendEntries(3, 2, 2, zero, List.of(newer), 0));
    c.member(2).persist();
    assertThat(c.raft(2).persistedIndex()).isZero();
    assertThat(c.turn(2).messages()).as("the disk holds 1@1").isEmpty();
    c.member(2).persist();
    assertThat(c.turn(2).messages()).containsExactly(new Message.Appended(2, 3, 2, 1));
  }

  /** 5.3: "followers' … logs that conflict are overwritten with entries from the leader's log". */
  @Test
  @Covers({"R4", "R5", "R9"})
  void repairsEveryLogOfFigureSeven() {
    long[] leader = {1, 1, 1, 4, 4, 5, 5, 6, 6, 6};
    long[][] followers = {
      {1, 1, 1, 4, 4, 5, 5, 6, 6},
      {1, 1, 1, 4},
      {1, 1, 1, 4, 4, 5, 5, 6, 6, 6, 6},
      {1, 1, 1, 4, 4, 5, 5, 6, 6, 6, 7, 7},
      {1, 1, 1, 4, 4, 4, 4},
      {1, 1, 1, 2, 2, 2, 3, 3, 3, 3, 3},
    };
    for (long[] follower : followers) {
      PaperCluster cluster = new PaperCluster(1, 2, 3);
      cluster.fill(1, 3, leader);
      cluster.fill(2, 3, follower);
      // Another voter that has what the leader has, so that it can win whatever this one holds.
      cluster.fill(3, 1, leader);
      // As in the figure: the follower's newest term is over, and nobody else took part in it.
      for (long id : new long[] {1, 3}) {
        cluster.raft(id).step(new Message.Heartbeat(2, id, 7, 0, 1));
        cluster.forgetLeader(id);
      }
      cluster.raft(1).campaign();
      cluster.settle(1, 3);
      assertThat(cluster.role(1)).isEqualTo(Role.Kind.LEADER);
      cluster.tick(1, 1);
      cluster.settle();
      cluster.tick(1, 1);
      cluster.settle();
      RaftLog expected = cluster.raft(1).log();
      assertThat(cluster.raft(2).lastIndex()).isEqualTo(11);
      for (long i = 1; i <= 11; i++) {
        assertThat(cluster.raft(2).log().idAt(i)).isEqualTo(expected.idAt(i));
      }
      assertThat(cluster.raft(2).commitIndex()).isEqualTo(11);
    }
  }

  /** 5.3: "the follower can include the term of the conflicting entry": one probe per term. */
  @Test
  void aHintSkipsAWholeTerm() {
    long[] many = new long[500];
    java.util.Arrays.fill(many, 2);
    many[0] = 1;
    c.fill(2, 3, many);
    long[] leader = {1, 3, 3};
    c.fill(1, 3, leader);
    c.fill(3, 1, leader);
    c.tick(1, 10);
    c.settle(1, 3);
    assertThat(c.role(1)).isEqualTo(Role.Kind.LEADER);
    int probes = 0;
    for (int round = 0; round < 10 && c.raft(2).lastIndex() != 4; round++) {
      c.tick(1, 1);
      c.settle();
      probes++;
    }
    assertThat(probes).isLessThan(4);
    assertThat(c.raft(2).log().last()).isEqualTo(c.raft(1).log().last());
  }

  /** 5.4.2, figure 8: an entry of an older term is never committed by counting replicas. */
  @Test
  @Covers({"R10", "R12"})
  void olderTermsAreNotCommittedByCounting() {
    c.fill(1, 3, 1, 2);
    c.raft(1).campaign();
    c.work(1);
    c.raft(1).step(new Message.VoteReply(2, 1, 3, false, true, EntryId.ZERO));
    c.work(1);
    c.raft(1).step(new Message.Appended(2, 1, 3, 2));
    assertThat(c.raft(1).commitIndex()).as("2@2 is on two disks of three").isZero();
    c.raft(1).step(new Message.Appended(2, 1, 3, 3));
    assertThat(c.raft(1).commitIndex()).isEqualTo(3);
  }

  /** Figure 3, leader completeness, from the other side: such a leader must not exist. */
  @Test
  @Covers({"R7", "R9"})
  void stopsRatherThanLoseWhatIsCommitted() {
    c.lead(1);
    c.propose(1);
    c.settle();
    c.tick(1, 1);
    c.settle();
    assertThat(c.raft(2).commitIndex()).isEqualTo(2);
    Message.AppendEntries forged =
        new Message.AppendEntries(3, 2, 9, new EntryId(1, 1), List.of(PaperCluster.entry(2, 9)), 0);
    assertThatThrownBy(() -> c.raft(2).step(forged)).hasMessageStartingWith("R9");
    Message.AppendEntries other =
        new Message.AppendEntries(3, 2, 10, new EntryId(1, 7), List.of(), 0);
    assertThatThrownBy(() -> c.raft(2).step(other)).hasMessageStartingWith("R7");
  }

  @Test
  @Covers("R1")
  void stopsWhenTwoLeadInOneTerm() {
    c.lead(1);
    Message second = new Message.Heartbeat(3, 1, 1, 0, 1);
    assertThatThrownBy(() -> c.raft(1).step(second)).hasMessageStartingWith("R1");
    Message toFollower = new Message.Heartbeat(3, 2, 1, 0, 1);
    assertThatThrownBy(() -> c.raft(2).step(toFollower)).hasMessageStartingWith("R1");
  }

  /** An old backup of a disk was put back: the leader knows that it once had more. */
  @Test
  @Covers({"R27", "P24"})
  void stopsWhenItsLogHasLostWhatItAcknowledged() {
    Message heartbeat = new Message.Heartbeat(1, 2, 1, 5, 1);
    assertThatThrownBy(() -> c.raft(2).step(heartbeat)).hasMessageStartingWith("R27");
  }

  /** 5.5: requests "are idempotent": doubled and overtaken messages change nothing. */
  @Test
  @Covers("R9")
  void doubledAndReorderedAppendsChangeNothing() {
    c.lead(1);
    List<Message> appends = new ArrayList<>();
    for (int i = 0; i < 5; i++) {
      c.propose(1);
      appends.addAll(c.turn(1).messages().stream().filter(m -> m.to() == 2).toList());
      if (c.member(1).isWriting()) {
        c.member(1).persist();
      }
    }
    for (int i : new int[] {0, 0, 2, 1, 0, 2, 1, 3, 4, 4, 0, 3}) {
      c.raft(2).step(appends.get(Math.min(i, appends.size() - 1)));
      c.work(2);
      long last = c.raft(2).lastIndex();
      assertThat(c.raft(2).persistedIndex()).isEqualTo(last);
    }
    assertThat(c.raft(2).log().last()).isEqualTo(c.raft(1).log().last());
  }

  /** Pipelining within a window, in bytes and in messages. */
  @Test
  @Covers("R28")
  void aSlowFollowerBoundsWhatIsInFlight() {
    RaftLimits limits =
        new RaftLimits(1_000, 100_000, 10_000, 10_000, 50_000, 100_000, 150, 1_000, 4, 10);
    PaperCluster p = new PaperCluster(Configuration.of(1, 2, 3), limits, false).lead(1);
    p.tick(1, 1);
    p.settle();
    for (int i = 0; i < 40; i++) {
      p.propose(1);
    }
    List<Message.AppendEntries> to2 =
        p.sent(1, Message.AppendEntries.class).stream().filter(m -> m.to() == 2).toList();
    assertThat(to2).hasSize(4);
    assertThat(to2).allMatch(append -> append.sizeBytes() <= 150 + 64);
    p.raft(1).step(new Message.Appended(2, 1, 1, to2.get(1).last().index()));
    assertThat(p.sent(1, Message.AppendEntries.class).stream().filter(m -> m.to() == 2)).hasSize(2);
  }

  /** Section 8: "exchange heartbeat messages with a majority … before responding to" reads. */
  @Test
  @Covers({"R13", "P3"})
  void aReadNeedsARoundThatBeganAfterIt() {
    c.lead(1);
    c.tick(1, 1);
    List<Message.HeartbeatReply> early = new ArrayList<>();
    for (Message.Heartbeat beat : c.sent(1, Message.Heartbeat.class)) {
      c.raft(beat.to()).step(beat);
      early.addAll(c.sent(beat.to(), Message.HeartbeatReply.class));
    }
    assertThat(early).hasSize(2);
    assertThat(c.raft(1).readIndex(1)).isNull();
    assertThat(c.turn(1).reads()).isEmpty();
    early.forEach(c.raft(1)::step);
    assertThat(c.turn(1).reads()).as("proof of before the read").isEmpty();
    for (Message.Heartbeat beat : c.sent(1, Message.Heartbeat.class)) {
      c.raft(beat.to()).step(beat);
      c.sent(beat.to(), Message.HeartbeatReply.class).forEach(c.raft(1)::step);
    }
    assertThat(c.turn(1).reads()).containsExactly(new ReadState(1, 1));
  }

  @Test
  @Covers("R13")
  void noAnswerCrossesALeaderChange() {
    c.lead(1);
    assertThat(c.raft(2).readIndex(5)).isNull();
    Message ask = c.sent(2, Message.ReadIndex.class).get(0);
    c.raft(1).step(ask);
    c.settle(1, 3);
    c.work(1);
    Message.ReadIndexReply answer = new Message.ReadIndexReply(1, 2, 1, 5, 1);
    c.raft(2).step(new Message.Heartbeat(3, 2, 2, 0, 1));
    c.raft(2).step(answer);
    assertThat(c.turn(2).reads()).isEmpty();
  }

  @Test
  @Covers({"R13", "P3"})
  void aFollowerAsksTheLeader() {
    c.lead(1);
    assertThat(c.raft(2).readIndex(5)).isNull();
    c.work(2);
    c.raft(1).step(c.sent(2, Message.ReadIndex.class).get(0));
    c.turn(1);
    for (Message.Heartbeat beat : c.sent(1, Message.Heartbeat.class)) {
      c.raft(beat.to()).step(beat);
      c.sent(beat.to(), Message.HeartbeatReply.class).forEach(c.raft(1)::step);
    }
    c.raft(2).step(c.sent(1, Message.ReadIndexReply.class).get(0));
    assertThat(c.turn(2).reads()).containsExactly(new ReadState(5, 1));
  }
}
