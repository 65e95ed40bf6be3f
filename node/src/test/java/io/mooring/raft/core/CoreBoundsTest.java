package io.mooring.raft.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.mooring.api.testing.Covers;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Every bound of a core, and its answer for "full" (R28). */
class CoreBoundsTest {

  private static final RaftLimits TIGHT =
      new RaftLimits(100, 10_000, 1_000, 300, 300, 10_000, 150, 1_000, 4, 3);

  private final PaperCluster c = new PaperCluster(Configuration.of(1, 2, 3), TIGHT, false);

  @Test
  @Covers("R28")
  void aFollowerForwardsInBoundedMessages() {
    c.lead(1);
    List<byte[]> commands = new ArrayList<>();
    for (int i = 0; i < 10; i++) {
      commands.add(new byte[20]);
    }
    commands.add(new byte[101]);
    commands.add(new byte[1]);
    assertThat(c.raft(2).propose(commands)).isEqualTo(new Proposed(10, Refusal.TOO_LARGE));
    List<Message.Propose> sent = c.sent(2, Message.Propose.class);
    assertThat(sent).hasSize(5);
    assertThat(sent).allMatch(message -> message.to() == 1 && message.sizeBytes() <= 150 + 64);
    sent.forEach(c.raft(1)::step);
    assertThat(c.raft(1).lastIndex()).isEqualTo(11);
  }

  @Test
  @Covers("R28")
  void aLeaderRefusesWhatItsBoundsDoNotAllow() {
    c.lead(1);
    assertThat(c.raft(1).propose(List.of(new byte[101])).refusal()).isEqualTo(Refusal.TOO_LARGE);
    for (long read = 1; read <= 3; read++) {
      assertThat(c.raft(1).readIndex(read)).isNull();
    }
    assertThat(c.raft(1).readIndex(4)).isEqualTo(Refusal.FULL);
    assertThatThrownBy(() -> c.raft(1).readIndex(4)).hasMessageStartingWith("R13");
  }

  /**
   * A tail that is not committed must not keep a follower from taking more: a new leader's first
   * entry may be just what commits it.
   */
  @Test
  @Covers("R28")
  void anUncommittedTailHoldsUpNobody() {
    long[] tail = new long[20];
    java.util.Arrays.fill(tail, 1);
    c.fill(1, 3, tail);
    c.fill(2, 3, tail);
    c.raft(1).campaign();
    c.settle(1, 2);
    assertThat(c.raft(2).lastIndex()).isEqualTo(21);
    assertThat(c.raft(1).commitIndex()).isEqualTo(21);
    assertThat(c.raft(2).appliedIndex()).isEqualTo(21);
  }

  @Test
  @Covers("R25")
  void nobodyToWaitForKeepsNothing() {
    PaperCluster alone = new PaperCluster(Configuration.of(1), RaftLimits.DEFAULT, false).lead(1);
    alone.propose(1);
    alone.settle();
    assertThat(alone.raft(1).log().base()).isEqualTo(new EntryId(2, 1));
    c.lead(1);
    c.propose(1);
    c.settle();
    assertThat(c.raft(1).log().base()).isEqualTo(EntryId.ZERO);
  }

  /** A member that is brought a state needs what came meanwhile; one that has gone does not. */
  @Test
  @Covers({"R25", "R28"})
  void whatFollowsATransferIsKeptUntilItHasArrived() {
    RaftLimits limits = new RaftLimits(100, 10_000, 1_000, 300, 300, 200, 150, 1_000, 4, 3);
    PaperCluster p = new PaperCluster(Configuration.of(1, 2, 3), limits, false).lead(1);
    write(p, 100);
    assertThat(kept(p)).isLessThanOrEqualTo(200);
    p.raft(1).reportUnreachable(3);
    assertThat(p.turn(1).transfers()).containsExactly(3L);
    long from = p.raft(1).lastIndex();
    write(p, 10);
    assertThat(p.raft(1).log().base().index()).isLessThan(from);
    write(p, 500);
    assertThat(kept(p)).isBetween(201L, limits.retainedInTransferBytes());

    // It has installed what was frozen of late, is sent the rest, and the window shrinks.
    long installed = p.raft(1).lastIndex() - 10;
    p.raft(1).step(new Message.Appended(3, 1, 1, installed));
    p.work(1);
    p.raft(1).step(new Message.Appended(3, 1, 1, p.raft(1).lastIndex()));
    write(p, 10);
    assertThat(kept(p)).isLessThanOrEqualTo(200);

    // Another time it goes silent while the state is on its way.
    p.raft(1).reportUnreachable(3);
    assertThat(p.turn(1).transfers()).containsExactly(3L);
    write(p, 50);
    assertThat(kept(p)).isGreaterThan(200);
    for (int i = 0; i < 25; i++) {
      p.tick(1, 1);
      p.settle(1, 2);
    }
    write(p, 1);
    assertThat(kept(p)).isLessThanOrEqualTo(200);
  }

  private static void write(PaperCluster p, int entries) {
    for (int i = 0; i < entries; i++) {
      p.propose(1);
      p.settle(1, 2);
    }
  }

  /** Bytes of applied entries in the leader's window. */
  private static long kept(PaperCluster p) {
    RaftLog log = p.raft(1).log();
    long bytes = 0;
    for (long index = log.base().index() + 1; index <= log.appliedIndex(); index++) {
      bytes += log.get(index).sizeBytes();
    }
    return bytes;
  }
}
