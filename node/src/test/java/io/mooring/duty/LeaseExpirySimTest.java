package io.mooring.duty;

import static io.mooring.duty.LeaseWorld.MS;
import static io.mooring.duty.LeaseWorld.SECOND;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import io.mooring.api.etcdserverpb.LeaseCheckpoint;
import io.mooring.api.etcdserverpb.LeaseGrantRequest;
import io.mooring.api.etcdserverpb.LeaseRevokeRequest;
import io.mooring.api.etcdserverpb.PutRequest;
import io.mooring.api.internalpb.Command;
import io.mooring.api.testing.Covers;
import io.mooring.base.Check;
import io.mooring.machine.Outcome;
import io.vertx.core.Future;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LeaseExpirySimTest {

  private static final int SEEDS = Integer.getInteger("mooring.seeds", 100);

  @TempDir Path directory;

  private static Command grant(long id, long ttlSeconds) {
    return Command.newBuilder()
        .setLeaseGrant(LeaseGrantRequest.newBuilder().setID(id).setTTL(ttlSeconds))
        .build();
  }

  private static void settle(LeaseWorld world, Future<?> future) {
    world.sim.runUntil(future::isComplete, 100_000);
  }

  private static LeaseWorld led(Path directory, LeaseTiming timing) {
    LeaseWorld world = new LeaseWorld(1, directory);
    world.member(timing);
    world.lead(1);
    world.sim.advance(SECOND); // an entry of its own term is applied
    return world;
  }

  private static void granted(LeaseWorld world, long id, long ttlSeconds) {
    LeaseWorld.Member member = world.members.get((int) world.leader - 1);
    settle(world, member.propose(world.client, grant(id, ttlSeconds), world.sim.nowNs() + SECOND));
    world.promisedUntilNs.put(id, world.sim.nowNs() + (ttlSeconds - 1) * SECOND);
  }

  @Test
  @Covers({"P18", "P20", "P21", "L4", "L5", "L6", "L8", "L9"})
  void leasesEndNeitherEarlyNorNever() {
    long expired = 0;
    long renewed = 0;
    for (long seed = 1; seed <= SEEDS; seed++) {
      try {
        Run run = new Run(seed);
        run.run();
        expired += run.expired;
        renewed += run.renewed;
      } catch (Throwable failure) {
        throw new AssertionError("seed " + seed, failure);
      }
    }
    assertThat(expired).isGreaterThan(SEEDS);
    assertThat(renewed).isGreaterThan(SEEDS);
  }

  private final class Run {
    private final LeaseWorld world;
    private final Random random;
    private final Set<Long> all = new HashSet<>();
    private final Set<Long> revoked = new HashSet<>();
    private final List<Long> longest = new ArrayList<>();
    private long nextId = 1;
    private long expired;
    private long renewed;

    Run(long seed) {
      world = new LeaseWorld(seed, directory.resolve("seed-" + seed));
      random = new Random(seed * 17);
      LeaseTiming timing =
          new LeaseTiming(
              100 * MS,
              SECOND,
              7 * SECOND,
              1 + random.nextInt(5),
              1 + random.nextInt(3),
              (2 + random.nextInt(20)) * SECOND,
              1 + random.nextInt(5),
              1 + random.nextInt(4),
              random.nextBoolean() ? 1000 : 2 + random.nextInt(4));
      world.member(timing);
      world.member(timing);
      world.troublePercent = random.nextInt(3) * 10;
      world.lead(1);
    }

    private LeaseWorld.Member leader() {
      return world.members.get((int) world.leader - 1);
    }

    void run() {
      for (int step = 0; step < 150; step++) {
        switch (random.nextInt(12)) {
          case 0, 1, 2 -> grantOne();
          case 3, 4, 5, 6, 7 -> renewSome();
          case 8 -> revokeOne();
          case 9 -> {
            if (random.nextInt(4) == 0) {
              world.lead(3 - world.leader);
            }
          }
          default -> {}
        }
        world.sim.advance(random.nextInt(1500) * MS);
      }
      world.troublePercent = 0;
      // Liveness: nobody renews any more.
      world.sim.advance(120 * SECOND);
      assertThat(world.view().leases().size()).as("leases that never end").isZero();
      assertThat(leader().expiry.size()).isZero();
      expired = all.size() - revoked.size();
      world.engine.close();
    }

    private void grantOne() {
      long id = nextId++;
      long ttl = 2 + random.nextInt(random.nextInt(4) == 0 ? 60 : 8);
      long sentNs = world.sim.nowNs();
      leader()
          .propose(world.client, grant(id, ttl), sentNs + SECOND)
          .onSuccess(
              outcome -> {
                all.add(id);
                longest.add(id);
                promise(id, sentNs, ttl);
              });
    }

    private void promise(long id, long sentNs, long ttl) {
      world.promisedUntilNs.merge(id, sentNs + ttl * SECOND, Math::max);
    }

    private void renewSome() {
      if (longest.isEmpty()) {
        return;
      }
      long[] ids = new long[1 + random.nextInt(3)];
      for (int i = 0; i < ids.length; i++) {
        // Mostly the youngest: those are alive, or about to end.
        int back = random.nextInt(Math.min(longest.size(), random.nextInt(4) == 0 ? 100 : 6));
        ids[i] = longest.get(longest.size() - 1 - back);
      }
      long sentNs = world.sim.nowNs();
      Set<Long> revokedBefore = Set.copyOf(revoked);
      LeaseExpiry expiry = leader().expiry;
      expiry
          .renew(world.client, ids)
          .onSuccess(
              ttls -> {
                for (int i = 0; i < ids.length; i++) {
                  answered(expiry, ids[i], ttls[i], sentNs, revokedBefore);
                }
              });
    }

    private void answered(LeaseExpiry expiry, long id, long ttl, long sentNs, Set<Long> before) {
      if (ttl > 0) {
        renewed++;
        assertThat(before).as("P20 renewed after its revoke").doesNotContain(id);
        assertThat(world.expired).as("P18 renewed and expired all the same").doesNotContain(id);
        promise(id, sentNs, ttl);
      } else if (ttl == 0) {
        assertThat(world.view().leases().contains(id)).as("L6 %d", id).isFalse();
      } else {
        expiry
            .gone(world.client, id)
            .onSuccess(
                gone -> assertThat(world.view().leases().contains(id)).as("L6 %d", id).isFalse());
      }
    }

    private void revokeOne() {
      if (!longest.isEmpty()) {
        long id = longest.get(random.nextInt(longest.size()));
        Command revoke =
            Command.newBuilder().setLeaseRevoke(LeaseRevokeRequest.newBuilder().setID(id)).build();
        leader()
            .propose(world.client, revoke, world.sim.nowNs() + SECOND)
            .onSuccess(
                outcome -> {
                  if (outcome.refusal() == null) {
                    revoked.add(id);
                  }
                });
      }
    }
  }

  @Test
  @Covers({"P17", "P18", "P19"})
  void aLeaseTakesItsKeysWithItInOneRevisionWhenItsTimeIsOver() {
    LeaseWorld world = led(directory, LeaseWorld.timing());
    granted(world, 5, 10);
    for (String key : List.of("b", "a", "c")) {
      PutRequest put =
          PutRequest.newBuilder().setKey(ByteString.copyFromUtf8(key)).setLease(5).build();
      settle(
          world,
          world
              .members
              .get(0)
              .propose(
                  world.client,
                  Command.newBuilder().setPut(put).build(),
                  world.sim.nowNs() + SECOND));
    }
    long revision = world.view().revision();
    world.sim.advance(8 * SECOND);
    assertThat(world.view().revision()).isEqualTo(revision);
    world.sim.advance(3 * SECOND);
    assertThat(world.view().leases().contains(5)).isFalse();
    assertThat(world.view().revision()).isEqualTo(revision + 1);
  }

  @Test
  @Covers("P18")
  void anExpiryThatWasDecidedBeforeItsIdWasGrantedAgainSparesTheNewLease() {
    LeaseWorld world = led(directory, LeaseWorld.timing());
    granted(world, 5, 2);
    world.sim.advance(10 * SECOND);
    Command late = world.proposals.get(world.proposals.size() - 1);
    assertThat(late.getExpireLeases().getIdsList()).containsExactly(5L);
    assertThat(world.view().leases().contains(5)).isFalse();
    granted(world, 5, 100);
    LeaseWorld.Member member = world.members.get(0);
    world.promisedUntilNs.clear(); // the world's own check would end the test here
    settle(world, member.propose(world.client, late, world.sim.nowNs() + SECOND));
    assertThat(world.view().leases().contains(5)).isTrue();
  }

  /** Word of a revoke and of the next grant of the id is lost, or has not come yet. */
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  @Covers({"P18", "L6"})
  void aLeaseDoesNotInheritTheDeadlineOfAnotherThatHadItsId(boolean renews) {
    LeaseWorld world = led(directory, LeaseWorld.timing());
    granted(world, 5, 10);
    world.sim.advance(9 * SECOND);
    world.deltasLost = true;
    LeaseWorld.Member member = world.members.get(0);
    Command revoke =
        Command.newBuilder().setLeaseRevoke(LeaseRevokeRequest.newBuilder().setID(5)).build();
    settle(world, member.propose(world.client, revoke, world.sim.nowNs() + SECOND));
    granted(world, 5, 100);
    if (renews) {
      Future<long[]> renewal = member.expiry.renew(world.client, new long[] {5});
      settle(world, renewal);
      assertThat(renewal.result()).containsExactly(100);
    }
    world.deltasLost = false;
    world.sim.advance(98 * SECOND);
    assertThat(world.view().leases().contains(5)).isTrue();
    world.sim.advance(10 * SECOND);
    assertThat(world.view().leases().contains(5)).isFalse();
  }

  @Test
  @Covers({"L4", "L9"})
  void aNewLeaderBeginsWithTheReplicatedRestAndARenewalTakesItBack() {
    LeaseWorld world = new LeaseWorld(3, directory);
    world.member(LeaseWorld.timing());
    world.member(LeaseWorld.timing());
    world.lead(1);
    world.sim.advance(1000 * SECOND); // a leader that has held for long checkpoints seldom
    granted(world, 7, 1000);
    world.promisedUntilNs.remove(7L);
    world.sim.advance(601 * SECOND);
    LeaseCheckpoint last =
        world.proposals.get(world.proposals.size() - 1).getCheckpointLeases().getCheckpoints(0);
    assertThat(last.getRemainingTTL()).isBetween(399L, 401L);

    world.lead(2);
    world.sim.advance(SECOND);
    Future<Long> rest = world.members.get(1).expiry.remainingNs(world.client, 7);
    settle(world, rest);
    assertThat(rest.result() / SECOND).isBetween(398L, 402L);

    Future<long[]> renewal = world.members.get(1).expiry.renew(world.client, new long[] {7});
    settle(world, renewal);
    assertThat(renewal.result()).containsExactly(1000);
    assertThat(Check.present(world.view().leases().get(7), "lease 7").remainingSeconds()).isZero();
    world.promisedUntilNs.put(7L, world.sim.nowNs() + 999 * SECOND);

    world.lead(1);
    world.sim.advance(998 * SECOND);
    assertThat(world.view().leases().contains(7)).as("P18").isTrue();
    world.sim.advance(10 * SECOND);
    assertThat(world.view().leases().contains(7)).isFalse();
  }

  private static List<Command> expiries(LeaseWorld world) {
    return world.proposals.stream().filter(Command::hasExpireLeases).toList();
  }

  /**
   * Leaders follow each other faster than any lease lasts, whether the members remember it or start
   * anew each time: a lease that nobody renews ends all the same, and never early.
   */
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  @Covers({"P17", "P18", "L4", "L9"})
  void leasesEndThoughLeadersDoNotLast(boolean crashing) {
    for (long seed = 1; seed <= 10; seed++) {
      LeaseWorld world = new LeaseWorld(seed, directory.resolve("flap-" + crashing + "-" + seed));
      Random random = new Random(seed);
      world.member(LeaseWorld.timing());
      world.member(LeaseWorld.timing());
      world.lead(1);
      world.sim.advance(1000 * SECOND); // quiet times before
      granted(world, 7, 120);
      granted(world, 8, 600);
      granted(world, 9, 3);
      long grantedNs = world.sim.nowNs();
      while (world.view().leases().size() > 0) {
        assertThat(world.sim.nowNs() - grantedNs).as("seed %d", seed).isLessThan(3600 * SECOND);
        world.sim.advance((5 + random.nextInt(8)) * SECOND);
        if (crashing) {
          world.lead(world.member(LeaseWorld.timing()).id);
        } else {
          world.lead(3 - world.leader);
        }
      }
      assertThat(world.expired).containsExactlyInAnyOrder(7L, 8L, 9L);
      world.engine.close();
    }
  }

  /** In quiet times a lease that is renewed now and then is never checkpointed. */
  @Test
  void aLeaderThatLastsDoesNotCheckpointWhatIsRenewed() {
    LeaseWorld world = led(directory, LeaseWorld.timing());
    world.sim.advance(1000 * SECOND);
    granted(world, 7, 600);
    for (int i = 0; i < 20; i++) {
      world.sim.advance(200 * SECOND);
      Future<long[]> renewal = world.members.get(0).expiry.renew(world.client, new long[] {7});
      settle(world, renewal);
      assertThat(renewal.result()).containsExactly(600);
    }
    assertThat(world.proposals).noneMatch(Command::hasCheckpointLeases);
  }

  @Test
  @Covers({"L6", "P20"})
  void aRenewalThatComesTooLateWaitsForTheRevoke() {
    int waited = 0;
    for (long seed = 1; seed <= 20; seed++) {
      LeaseWorld world = new LeaseWorld(seed, directory.resolve("late-" + seed));
      LeaseWorld.Member member = world.member(LeaseWorld.timing());
      world.lead(1);
      world.sim.advance(SECOND);
      granted(world, 9, 5);
      world.sim.runUntil(() -> !expiries(world).isEmpty(), 100_000); // the revoke is under way
      Future<long[]> late = member.expiry.renew(world.client, new long[] {9});
      settle(world, late);
      if (late.result()[0] == LeaseExpiry.EXPIRING) {
        waited++;
        Future<Long> gone = member.expiry.gone(world.client, 9);
        settle(world, gone);
        assertThat(gone.succeeded()).isTrue();
      } else {
        assertThat(late.result()).as("seed %d", seed).containsExactly(0);
      }
      assertThat(world.view().leases().contains(9)).isFalse();
      assertThat(expiries(world)).hasSize(1);
    }
    assertThat(waited).isPositive();
  }

  /** Word of them is lost while a new leader still takes over what was there before. */
  @Test
  void leasesGrantedWhileOthersAreTakenOverEndToo() {
    LeaseWorld world = new LeaseWorld(1, directory, MS);
    LeaseTiming slow = new LeaseTiming(100 * MS, SECOND, 7 * SECOND, 50, 2, 900 * SECOND, 9, 1, 1);
    world.member(LeaseTiming.of(SECOND));
    LeaseWorld.Member next = world.member(slow);
    world.lead(1);
    for (long id = 1; id <= 1_000; id++) {
      granted(world, id, 800);
    }
    world.lead(2);
    world.sim.advance(600 * MS); // a thousand turns of one lease each have begun
    List<Future<?>> grants = new ArrayList<>();
    for (long id = 2_001; id <= 2_020; id++) {
      grants.add(next.propose(world.client, grant(id, 5), Long.MAX_VALUE));
    }
    settle(world, Future.all(grants));
    world.sim.advance(20 * SECOND);
    assertThat(world.view().leases().size()).isEqualTo(1_000);
  }

  @Test
  @Covers("O8")
  void aStormOfExpiriesIsWorkedOffInBoundedBatches() {
    LeaseTiming timing = LeaseTiming.of(SECOND);
    LeaseWorld world = led(directory, timing);
    world.sim.advance(SECOND);
    LeaseWorld.Member member = world.members.get(0);
    int count = 100_000;
    List<Future<Outcome>> grants = new ArrayList<>();
    for (long id = 1; id <= count; id++) {
      grants.add(member.propose(world.client, grant(id, 30), Long.MAX_VALUE));
    }
    world.sim.runUntil(Future.all(List.copyOf(grants))::isComplete, 100L * count);
    granted(world, count + 1, 1_000);
    world.sim.advance(28 * SECOND);
    assertThat(world.view().leases().size()).isEqualTo(count + 1);
    long slowestNs = 0;
    for (int second = 0; second < 60; second++) {
      // A keep-alive in the middle of it does not wait for the storm.
      long askedNs = world.sim.nowNs();
      Future<long[]> renewed = member.expiry.renew(world.client, new long[] {count + 1});
      settle(world, renewed);
      assertThat(renewed.result()).containsExactly(1_000);
      slowestNs = Math.max(slowestNs, world.sim.nowNs() - askedNs);
      world.sim.advance(SECOND);
    }
    assertThat(world.view().leases().size()).isOne();
    assertThat(slowestNs).isLessThan(SECOND / 2);
    assertThat(world.mostExpiriesInFlight).isEqualTo(timing.proposalsInFlight());
    assertThat(expiries(world))
        .allMatch(command -> command.getExpireLeases().getIdsCount() <= timing.batchLeases())
        .hasSizeLessThan(count / timing.batchLeases() + 200);
  }
}
