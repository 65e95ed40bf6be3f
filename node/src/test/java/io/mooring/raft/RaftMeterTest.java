package io.mooring.raft;

import static org.assertj.core.api.Assertions.assertThat;

import io.mooring.error.EtcdException;
import io.mooring.error.ServerError;
import io.mooring.loop.Reply;
import io.mooring.loop.ReplyBatch;
import io.mooring.machine.View;
import io.mooring.raft.core.Configuration;
import io.mooring.raft.core.EntryId;
import io.mooring.raft.core.HardState;
import io.mooring.raft.core.Message;
import io.mooring.raft.core.Raft;
import io.mooring.raft.core.RaftConfig;
import io.mooring.raft.core.RaftStart;
import io.mooring.raft.core.ReadState;
import io.mooring.raft.core.Role;
import io.mooring.sim.SimScheduler;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** What etcd counts of reads and heartbeats, counted when it does. */
class RaftMeterTest {

  private static final long SECOND_NS = 1_000_000_000;
  private static final Configuration THREE = Configuration.of(1, 2, 3);

  private final SimScheduler scheduler = new SimScheduler(1);
  private final SimScheduler.SimLoop client = scheduler.loop("client");
  private final ReplyBatch replies = new ReplyBatch();
  private final RaftMeter meter = new RaftMeter();
  private final ReadQueue reads =
      new ReadQueue(
          DriverConfig.of(RaftConfig.of(1), 0, 1_000, SECOND_NS / 10, SECOND_NS), replies, meter);

  private final Raft core =
      new Raft(
          RaftConfig.of(1),
          new RaftStart(
              new HardState(1, 0),
              new EntryId(0, 0),
              THREE,
              new EntryId(0, 0),
              List.of(),
              List.of(),
              0),
          new SplittableRandom(1));

  private Reply<View> ask(long deadlineNs, ServerError late) {
    Reply<View> reply = Reply.on(client);
    reads.add(List.of(new ReadQueue.Ask(reply, deadlineNs, late)));
    return reply;
  }

  private void followTwo() {
    core.step(new Message.Heartbeat(2, 1, 1, 0, 1));
  }

  private ServerError error(Reply<View> reply) {
    replies.flush();
    scheduler.runReady();
    return (ServerError) ((EtcdException) reply.promise().future().cause()).error();
  }

  @Test
  void aReadThatNobodyConfirmsInTimeIsSlow() {
    Reply<View> first = ask(7 * SECOND_NS, ServerError.TIMEOUT);
    reads.begin(core, 0);
    reads.expire(6 * SECOND_NS);
    assertThat(meter.slowReads()).isZero();
    reads.expire(7 * SECOND_NS);
    assertThat(error(first)).isEqualTo(ServerError.TIMEOUT);
    assertThat(meter.slowReads()).isOne();
    assertThat(meter.failedReads()).isZero();
  }

  @Test
  void aClientThatWaitsForLessIsNoSlowRead() {
    Reply<View> soon = ask(SECOND_NS, ServerError.DEADLINE_EXCEEDED);
    reads.expire(7 * SECOND_NS);
    assertThat(error(soon)).isEqualTo(ServerError.DEADLINE_EXCEEDED);
    assertThat(meter.slowReads()).isZero();
  }

  @Test
  void anAnswerToARoundThatWasAskedForAnewIsSlow() {
    followTwo();
    ask(7 * SECOND_NS, ServerError.TIMEOUT);
    reads.begin(core, 0);
    reads.begin(core, SECOND_NS);
    reads.confirmed(new ReadState(1, 5));
    assertThat(meter.slowReads()).isOne();
    reads.confirmed(new ReadState(2, 5));
    assertThat(meter.slowReads()).isOne();
  }

  @Test
  void aRoundLostWithItsLeaderHasFailed() {
    followTwo();
    Reply<View> read = ask(7 * SECOND_NS, ServerError.TIMEOUT);
    reads.leaderChanged();
    assertThat(meter.failedReads()).as("nobody was asked").isZero();
    reads.begin(core, 0);
    reads.leaderChanged();
    assertThat(error(read)).isEqualTo(ServerError.LEADER_CHANGED);
    assertThat(meter.failedReads()).isOne();
    assertThat(meter.slowReads()).isZero();
  }

  @Test
  void heartbeatsOfALeaderThatStoodStillAreLate() {
    meter.ticked(Role.Kind.FOLLOWER, THREE, 0, 100);
    meter.ticked(Role.Kind.LEADER, THREE, 300, 100);
    meter.ticked(Role.Kind.LEADER, THREE, 500, 100);
    assertThat(meter.lateHeartbeats()).isZero();
    meter.ticked(Role.Kind.LEADER, THREE, 701, 100);
    assertThat(meter.lateHeartbeats()).isEqualTo(2);
    meter.ticked(Role.Kind.FOLLOWER, THREE, 1_500, 100);
    assertThat(meter.lateHeartbeats()).isEqualTo(2);
  }
}
