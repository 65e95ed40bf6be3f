package io.mooring.duty;

import static org.assertj.core.api.Assertions.assertThat;

import io.mooring.api.etcdserverpb.AlarmMember;
import io.mooring.api.etcdserverpb.AlarmRequest;
import io.mooring.api.etcdserverpb.AlarmRequest.AlarmAction;
import io.mooring.api.etcdserverpb.AlarmType;
import io.mooring.api.etcdserverpb.Member;
import io.mooring.api.internalpb.Command;
import io.mooring.api.internalpb.FoundCluster;
import io.mooring.api.internalpb.RemoveMember;
import io.mooring.raft.MemberLinks;
import io.vertx.core.Future;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Two members with different quotas, both over the same live bytes. */
class SpaceAlarmsTest {

  private static final long SMALL_QUOTA = 1_000;
  private static final long LARGE_QUOTA = 10_000;

  @TempDir Path directory;
  private LeaseWorld world;
  private LeaseWorld.Member small;
  private LeaseWorld.Member large;
  private final Set<Long> gone = new HashSet<>();
  private long liveBytes = 5_000;

  private final MemberLinks links =
      new MemberLinks() {
        @Override
        public long connectedNs(long memberId) {
          return gone.contains(memberId) ? -1 : LeaseWorld.SECOND;
        }

        @Override
        public long matchIndex(long memberId) {
          return UNKNOWN;
        }
      };

  @BeforeEach
  void begin() {
    world = new LeaseWorld(1, directory);
    small = world.member(LeaseWorld.timing());
    large = world.member(LeaseWorld.timing());
    world.lead(large.id);
    apply(
        Command.newBuilder()
            .setFoundCluster(
                FoundCluster.newBuilder()
                    .addMembers(Member.newBuilder().setID(small.id))
                    .addMembers(Member.newBuilder().setID(large.id))));
    new SpaceAlarms(small.duty, small, links, small.id, SMALL_QUOTA, () -> liveBytes).start();
    new SpaceAlarms(large.duty, large, links, large.id, LARGE_QUOTA, () -> liveBytes).start();
  }

  private void apply(Command.Builder command) {
    Future<?> done = large.propose(world.client, command.build(), Long.MAX_VALUE);
    world.sim.runUntil(done::isComplete, 100_000);
  }

  private void raise(long memberId) {
    apply(
        Command.newBuilder()
            .setAlarm(
                AlarmRequest.newBuilder()
                    .setAction(AlarmAction.ACTIVATE)
                    .setMemberID(memberId)
                    .setAlarm(AlarmType.NOSPACE)));
  }

  private List<Long> raised() {
    return large.view().alarms().list(AlarmType.NOSPACE).stream()
        .map(AlarmMember::getMemberID)
        .toList();
  }

  @Test
  void theAlarmOfAFullMemberStaysThoughAnotherHasRoom() {
    raise(small.id);
    world.sim.advance(60 * LeaseWorld.SECOND);
    assertThat(raised()).containsExactly(small.id);
  }

  @Test
  void aMemberTakesBackItsOwnWhenItHasRoomThoughNobodyWritesThroughIt() {
    raise(small.id);
    liveBytes = SMALL_QUOTA - 1;
    world.sim.advance(2 * LeaseWorld.SECOND);
    assertThat(raised()).as("as it was when it was raised").containsExactly(small.id);
    liveBytes = SMALL_QUOTA - SMALL_QUOTA / SpaceAlarms.ROOM_SHARE - 1;
    world.sim.advance(2 * LeaseWorld.SECOND);
    assertThat(raised()).isEmpty();
  }

  @Test
  void theLeaderTakesBackThatOfAMemberOutOfReachForLong() {
    raise(small.id);
    gone.add(small.id);
    world.sim.advance(SpaceAlarms.GONE_NS - LeaseWorld.SECOND);
    assertThat(raised()).containsExactly(small.id);
    gone.clear();
    world.sim.advance(LeaseWorld.SECOND);
    gone.add(small.id);
    world.sim.advance(SpaceAlarms.GONE_NS - LeaseWorld.SECOND);
    assertThat(raised()).as("it has been back meanwhile").containsExactly(small.id);
    world.sim.advance(3 * LeaseWorld.SECOND);
    assertThat(raised()).isEmpty();
  }

  @Test
  void theLeaderTakesBackThatOfARemovedMember() {
    raise(small.id);
    apply(Command.newBuilder().setRemoveMember(RemoveMember.newBuilder().setId(small.id)));
    world.sim.advance(2 * LeaseWorld.SECOND);
    assertThat(raised()).isEmpty();
  }

  @Test
  void whatWasRaisedByHandIsDisarmedByHand() {
    raise(42);
    raise(0);
    world.sim.advance(60 * LeaseWorld.SECOND);
    assertThat(raised()).containsExactly(0L, 42L);
  }
}
