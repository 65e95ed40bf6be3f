package io.mooring.service;

import static org.assertj.core.api.Assertions.assertThat;

import io.mooring.api.internalpb.Command;
import io.mooring.error.EtcdException;
import io.mooring.error.ServerError;
import io.mooring.loop.Loop;
import io.mooring.machine.Outcome;
import io.mooring.machine.View;
import io.mooring.raft.Consensus;
import io.mooring.raft.RaftStatus;
import io.mooring.sim.SimScheduler;
import io.vertx.core.Future;
import org.junit.jupiter.api.Test;

class AtLeaderTest {

  private static final long SELF = 1;
  private static final long SECOND_NS = 1_000_000_000;

  private final SimScheduler scheduler = new SimScheduler(1);
  private final Loop loop = scheduler.loop("client");
  private final Status consensus = new Status();
  private final AtLeader atLeader = new AtLeader(consensus, SELF, SECOND_NS);
  private int askedHere;
  private int askedThere;

  /** Who leads, and nothing else. */
  private static final class Status implements Consensus {
    private long leader = SELF;

    @Override
    public RaftStatus status() {
      return new RaftStatus(1, leader, 0, 0, 0, 0);
    }

    @Override
    public Future<Outcome> propose(Loop loop, Command command, long deadlineNs) {
      throw new AssertionError("a question proposes nothing");
    }

    @Override
    public boolean backlogged() {
      return false;
    }

    @Override
    public Future<View> linearizable(Loop loop, long deadlineNs) {
      throw new AssertionError("a question reads nothing");
    }

    @Override
    public View view() {
      throw new AssertionError("a question reads nothing");
    }
  }

  /** Demoted while it looks: by then another leads. */
  private Future<String> here() {
    askedHere++;
    consensus.leader = 2;
    return Future.failedFuture(ServerError.LEADER_CHANGED.exception());
  }

  /** The other is demoted at first, too. */
  private Future<String> there(long leaderId, long timeoutNs) {
    return ++askedThere == 1
        ? Future.failedFuture(ServerError.LEADER_CHANGED.exception())
        : Future.succeededFuture("from " + leaderId);
  }

  private Future<String> result(Future<String> asked) {
    scheduler.advance(SECOND_NS);
    assertThat(asked.isComplete()).isTrue();
    return asked;
  }

  @Test
  void asksTheNextLeaderWhenOneIsDemoted() {
    Future<String> asked = atLeader.ask(loop, Long.MAX_VALUE, this::here, this::there);
    assertThat(result(asked).result()).isEqualTo("from 2");
    assertThat(askedHere).isEqualTo(1);
    assertThat(askedThere).isEqualTo(2);
  }

  @Test
  void theCallerOfALeaderThatIsDemotedHearsOfIt() {
    Future<String> asked = atLeader.askUnlessDemoted(loop, Long.MAX_VALUE, this::here, this::there);
    assertThat(result(asked).cause())
        .isInstanceOfSatisfying(
            EtcdException.class,
            refusal -> assertThat(refusal.error()).isEqualTo(ServerError.LEADER_CHANGED));
    assertThat(askedThere).isZero();
    // Who asked a follower does not: it asks the next leader, as etcd's followers do.
    asked = atLeader.askUnlessDemoted(loop, Long.MAX_VALUE, this::here, this::there);
    assertThat(result(asked).result()).isEqualTo("from 2");
    assertThat(askedThere).isEqualTo(2);
  }
}
