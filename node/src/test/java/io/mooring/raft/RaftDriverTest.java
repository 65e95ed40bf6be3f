package io.mooring.raft;

import static org.assertj.core.api.Assertions.assertThat;

import io.mooring.api.etcdserverpb.LeaseRevokeRequest;
import io.mooring.api.internalpb.Command;
import io.mooring.api.testing.Covers;
import io.mooring.error.EtcdException;
import io.mooring.error.ServerError;
import io.mooring.machine.Outcome;
import io.mooring.machine.View;
import io.mooring.raft.core.Configuration;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class RaftDriverTest {

  private final MemberHarness h = new MemberHarness(1);

  @Test
  void servesAfterItsOwnElection() {
    Future<View> serving = h.start();
    assertThat(serving.isComplete()).isFalse();
    h.scheduler.runReady();
    assertThat(serving.succeeded()).isTrue();
    assertThat(h.driver.status()).isEqualTo(new RaftStatus(1, MemberHarness.MEMBER, 1, 1, 1, 1));
  }

  @Test
  void theOnlyVoterWaitsForNoElectionTimerWhateverLearnersThereAre() {
    h.members = new Configuration(List.of(MemberHarness.MEMBER), List.of(), List.of(33L));
    Future<View> serving = h.start();
    h.scheduler.runReady();
    assertThat(serving.succeeded()).isTrue();
  }

  @Test
  @Covers("S1")
  void answersAWriteOnceItIsDurableAndApplied() {
    h.serve();
    long callsBefore = h.store.syncs();
    Future<Outcome> put = h.put("a");
    h.scheduler.runUntil(put::isComplete, 1_000);
    assertThat(put.result().revision()).isEqualTo(2);
    assertThat(h.store.syncs()).isGreaterThan(callsBefore);
    assertThat(MemberHarness.value(h.machine.applied.get(1))).isEqualTo("a");
  }

  @Test
  void everythingThatWaitsSharesOneSync() {
    h.serve();
    h.scheduler.runReady();
    List<Future<Outcome>> puts = new ArrayList<>();
    long before = h.store.syncs();
    for (int i = 0; i < 50; i++) {
      puts.add(h.put("v" + i));
    }
    h.scheduler.runReady();
    assertThat(puts).allMatch(Future::succeeded);
    assertThat(h.store.syncs() - before).isLessThan(6);
  }

  @Test
  @Covers("P3")
  void readsWaitForWhatWasAcknowledgedBefore() {
    h.serve();
    h.machine.stalled = true;
    Future<Outcome> put = h.put("a");
    h.scheduler.runReady();
    Future<View> read = h.driver.linearizable(h.client, Long.MAX_VALUE);
    h.scheduler.runReady();
    assertThat(put.isComplete()).isFalse();
    assertThat(read.isComplete()).isFalse();
    h.machine.resume();
    h.scheduler.runReady();
    assertThat(read.result().appliedIndex()).isGreaterThanOrEqualTo(put.result().revision());
  }

  @Test
  @Covers("P7")
  void answersWhatTimesOutAndAppliesItAllTheSame() {
    h.serve();
    h.machine.stalled = true;
    Future<Outcome> ownDeadline = h.put("a", h.scheduler.nowNs() + MemberHarness.SECOND_NS);
    Future<Outcome> put = h.put("b");
    h.scheduler.runReady();
    Future<View> read = h.driver.linearizable(h.client, Long.MAX_VALUE);
    Future<View> soon =
        h.driver.linearizable(h.client, h.scheduler.nowNs() + MemberHarness.SECOND_NS);
    h.scheduler.advance(2 * MemberHarness.SECOND_NS);
    assertThat(error(ownDeadline)).isEqualTo(ServerError.TIMEOUT);
    assertThat(error(soon)).isEqualTo(ServerError.DEADLINE_EXCEEDED);
    assertThat(put.isComplete()).isFalse();
    h.scheduler.advance(6 * MemberHarness.SECOND_NS);
    assertThat(error(put)).isEqualTo(ServerError.TIMEOUT);
    assertThat(error(read)).isEqualTo(ServerError.TIMEOUT);
    h.machine.resume();
    h.scheduler.runReady();
    assertThat(h.machine.applied).hasSize(3);
  }

  @Test
  void aWriteThatNobodyEverLedIsTheCallersDeadline() {
    h.start();
    h.logLoop.kill();
    Future<Outcome> put = h.put("a");
    h.scheduler.advance(8 * MemberHarness.SECOND_NS);
    assertThat(error(put)).isEqualTo(ServerError.DEADLINE_EXCEEDED);
  }

  @Test
  @Covers("B6")
  void refusesWhatIsTooLarge() {
    h.serve();
    assertThat(error(h.put("x".repeat(2_000)))).isEqualTo(ServerError.REQUEST_TOO_LARGE);
    int overhead = 24 + MemberHarness.command("x".repeat(1_900)).getSerializedSize() - 1_900;
    Future<Outcome> fits = h.put("x".repeat(2_000 - overhead));
    Future<Outcome> tooLong = h.put("x".repeat(2_000 - overhead + 1));
    h.scheduler.runReady();
    assertThat(fits.succeeded()).isTrue();
    assertThat(error(tooLong)).isEqualTo(ServerError.REQUEST_TOO_LARGE);
  }

  @Test
  @Covers({"O7", "R28", "P22"})
  void refusesOrdinaryWritesWhileApplyLags() {
    h.config =
        new DriverConfig(
            h.config.core(),
            0,
            2_000,
            MemberHarness.SECOND_NS / 10,
            7 * MemberHarness.SECOND_NS,
            10,
            20,
            10_000,
            1 << 20,
            5);
    h.serve();
    h.machine.stalled = true;
    for (int i = 0; i < 11; i++) {
      h.put("v" + i);
      h.scheduler.runReady();
    }
    assertThat(error(h.put("one too many"))).isEqualTo(ServerError.TOO_MANY_REQUESTS);
    assertThat(h.driver.status().commitIndex()).isEqualTo(12);
    Command revoke =
        Command.newBuilder().setLeaseRevoke(LeaseRevokeRequest.newBuilder().setID(1)).build();
    Future<Outcome> privileged = h.driver.propose(h.client, revoke, Long.MAX_VALUE);
    h.scheduler.runReady();
    assertThat(privileged.isComplete()).isFalse();
    h.machine.resume();
    h.scheduler.runReady();
    assertThat(privileged.succeeded()).isTrue();
  }

  @Test
  @Covers("R28")
  void everyQueueHasABoundAndSaysSo() {
    h.config =
        new DriverConfig(
            h.config.core(),
            0,
            2_000,
            1_000_000,
            7 * MemberHarness.SECOND_NS,
            5_000,
            9_000,
            10,
            4_000,
            5);
    h.serve();
    List<Future<Outcome>> small = new ArrayList<>();
    for (int i = 0; i < 12; i++) {
      small.add(h.put("v"));
    }
    h.scheduler.runReady();
    assertThat(small.stream().filter(Future::failed)).hasSize(2);
    assertThat(small.stream().filter(Future::succeeded)).hasSize(10);
    List<Future<Outcome>> large = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      large.add(h.put("x".repeat(1_500)));
    }
    h.scheduler.runReady();
    assertThat(large.stream().filter(Future::failed)).hasSize(2);
    assertThat(error(large.get(3))).isEqualTo(ServerError.TOO_MANY_REQUESTS);
    List<Future<View>> reads = new ArrayList<>();
    for (int i = 0; i < 12; i++) {
      reads.add(h.driver.linearizable(h.client, Long.MAX_VALUE));
    }
    h.scheduler.runReady();
    assertThat(reads.stream().filter(Future::failed)).hasSize(2);
  }

  /** What waits for a leader is in memory, and large requests must not fill it for seconds. */
  @Test
  @Covers("R28")
  void writesThatWaitForALeaderAreBoundedInBytes() {
    bounds(10_000, 4_000);
    h.start();
    h.logLoop.kill();
    List<Future<Outcome>> large = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      large.add(h.put("x".repeat(1_500)));
      h.scheduler.runReady();
    }
    assertThat(large.get(0).isComplete()).isFalse();
    assertThat(large.get(1).isComplete()).isFalse();
    assertThat(error(large.get(2))).isEqualTo(ServerError.TOO_MANY_REQUESTS);
    Command revoke =
        Command.newBuilder().setLeaseRevoke(LeaseRevokeRequest.newBuilder().setID(1)).build();
    Future<Outcome> privileged = h.driver.propose(h.client, revoke, Long.MAX_VALUE);
    h.scheduler.runReady();
    assertThat(privileged.isComplete()).as("P22 what makes room waits with them").isFalse();
    h.scheduler.advance(8 * MemberHarness.SECOND_NS);
    Future<Outcome> later = h.put("x".repeat(1_500));
    h.scheduler.runReady();
    assertThat(later.isComplete()).as("those that timed out have made room").isFalse();
  }

  @Test
  @Covers("R28")
  void writesThatWaitForTheirCommitAreBounded() {
    bounds(10, 1 << 20);
    h.serve();
    h.logLoop.kill();
    List<Future<Outcome>> puts = new ArrayList<>();
    for (int i = 0; i < 11; i++) {
      puts.add(h.put("v"));
      h.scheduler.runReady();
    }
    assertThat(puts.get(9).isComplete()).isFalse();
    assertThat(error(puts.get(10))).isEqualTo(ServerError.TOO_MANY_REQUESTS);
  }

  @Test
  @Covers("R28")
  void readsThatWaitForApplyAreBounded() {
    bounds(10, 1 << 20);
    h.serve();
    h.machine.stalled = true;
    h.put("a");
    h.scheduler.runReady();
    List<Future<View>> reads = new ArrayList<>();
    for (int i = 0; i < 11; i++) {
      reads.add(h.driver.linearizable(h.client, Long.MAX_VALUE));
      h.scheduler.runReady();
    }
    assertThat(reads.get(9).isComplete()).isFalse();
    assertThat(error(reads.get(10))).isEqualTo(ServerError.TOO_MANY_REQUESTS);
    h.machine.resume();
    h.scheduler.runReady();
    assertThat(reads.subList(0, 10)).allMatch(Future::succeeded);
    Future<View> next = h.driver.linearizable(h.client, Long.MAX_VALUE);
    h.scheduler.runReady();
    assertThat(next.succeeded()).as("those that were answered have made room").isTrue();
  }

  private void bounds(int maxWaiting, long maxWaitingBytes) {
    h.config =
        new DriverConfig(
            h.config.core(),
            0,
            2_000,
            MemberHarness.SECOND_NS / 10,
            7 * MemberHarness.SECOND_NS,
            5_000,
            9_000,
            maxWaiting,
            maxWaitingBytes,
            5);
  }

  @Test
  @Covers("R26")
  void aViewThatIsSeenTwiceDoesNotContinueTheReplayTwice() {
    for (int seed = 0; seed < 50; seed++) {
      MemberHarness member = new MemberHarness(seed).serve();
      for (int i = 0; i < 5; i++) {
        member.put("v" + i);
      }
      member.scheduler.runReady();
      member.crash(false);
      member.engineImage = List.of();
      Future<View> serving = member.start();
      member.machine.tellsTwice = true;
      member.scheduler.runUntil(serving::isComplete, 100_000);
      member.scheduler.runReady();
      assertThat(member.fatal).as("seed %d", seed).isEmpty();
      assertThat(serving.succeeded()).as("seed %d", seed).isTrue();
      assertThat(member.driver.status().term()).as("seed %d", seed).isEqualTo(2);
    }
  }

  @Test
  void stopFinishesWhatIsUnderWayAndLeavesACleanLog() throws Exception {
    h.serve();
    Future<Outcome> put = h.put("a");
    Future<Void> stopped = h.driver.stop(h.client, MemberHarness.SECOND_NS);
    Future<Outcome> late = h.put("b");
    h.scheduler.runReady();
    assertThat(put.succeeded()).isTrue();
    assertThat(stopped.succeeded()).isTrue();
    assertThat(error(late)).isEqualTo(ServerError.STOPPED);
    Future<Void> closed = h.driver.closeLog(h.client);
    h.scheduler.runReady();
    assertThat(closed.succeeded()).isTrue();
    assertThat(h.store.list()).contains("CLEAN");
    h.crash(true);
    h.serve();
    assertThat(h.machine.applied).hasSize(3);
    assertThat(h.store.list()).doesNotContain("CLEAN");
  }

  @Test
  void everybodyWhoStopsAMemberHearsOfTheEnd() {
    h.serve();
    h.machine.stalled = true;
    Future<Outcome> put = h.put("a");
    h.scheduler.runReady();
    Future<Void> first = h.driver.stop(h.client, 60 * MemberHarness.SECOND_NS);
    Future<Void> second = h.driver.stop(h.client, MemberHarness.SECOND_NS);
    h.scheduler.advance(2 * MemberHarness.SECOND_NS);
    assertThat(first.succeeded()).isTrue();
    assertThat(second.succeeded()).isTrue();
    assertThat(error(put)).isEqualTo(ServerError.STOPPED);
    Future<Void> third = h.driver.stop(h.client, MemberHarness.SECOND_NS);
    h.scheduler.runReady();
    assertThat(third.succeeded()).isTrue();
  }

  @Test
  void stopAnswersWhatDoesNotFinish() {
    h.serve();
    h.machine.stalled = true;
    Future<Outcome> put = h.put("a");
    h.scheduler.runReady();
    Future<View> read = h.driver.linearizable(h.client, Long.MAX_VALUE);
    Future<Void> stopped = h.driver.stop(h.client, MemberHarness.SECOND_NS);
    h.scheduler.runReady();
    assertThat(stopped.isComplete()).isFalse();
    h.scheduler.advance(2 * MemberHarness.SECOND_NS);
    assertThat(stopped.succeeded()).isTrue();
    assertThat(error(put)).isEqualTo(ServerError.STOPPED);
    assertThat(error(read)).isEqualTo(ServerError.STOPPED);
  }

  private ServerError error(Future<?> future) {
    h.scheduler.runReady();
    assertThat(future.failed()).as("failed").isTrue();
    return (ServerError) ((EtcdException) future.cause()).error();
  }
}
