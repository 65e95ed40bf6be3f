package io.mooring.duty;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import io.mooring.api.etcdserverpb.PutRequest;
import io.mooring.api.internalpb.CheckState;
import io.mooring.api.internalpb.Command;
import io.mooring.api.testing.Covers;
import io.mooring.machine.hash.StateHash;
import io.vertx.core.Future;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CorruptionCheckTest {

  @TempDir Path directory;

  private static void write(LeaseWorld world, int entries) {
    PutRequest put = PutRequest.newBuilder().setKey(ByteString.copyFromUtf8("k")).build();
    List<Future<?>> all = new ArrayList<>();
    for (int i = 0; i < entries; i++) {
      all.add(
          world
              .members
              .get(0)
              .propose(world.client, Command.newBuilder().setPut(put).build(), Long.MAX_VALUE));
    }
    Future<?> done = Future.all(all);
    world.sim.runUntil(done::isComplete, 10_000_000);
  }

  private static List<CheckState> checks(LeaseWorld world) {
    return world.proposals.stream()
        .filter(Command::hasCheckState)
        .map(Command::getCheckState)
        .toList();
  }

  /** Only the leader speaks, once for each mark, and says what its own state hashed to there. */
  @Test
  @Covers("S16")
  void eachMarkGoesThroughTheLogOnce() {
    LeaseWorld world = new LeaseWorld(1, directory);
    LeaseWorld.Member leader = world.member(LeaseWorld.timing());
    LeaseWorld.Member follower = world.member(LeaseWorld.timing());
    new CorruptionCheck(leader.duty, leader, leader.id).start();
    new CorruptionCheck(follower.duty, follower, follower.id).start();
    world.lead(1);
    world.sim.advance(10 * LeaseWorld.SECOND);
    assertThat(checks(world)).isEmpty();
    write(world, StateHash.MARK_ENTRIES);
    world.sim.advance(10 * LeaseWorld.SECOND);
    assertThat(checks(world)).hasSize(1);
    assertThat(checks(world).get(0))
        .isEqualTo(
            CheckState.newBuilder()
                .setMember(1)
                .setIndex(world.view().mark().index())
                .setHash(world.view().mark().hash())
                .setConstruction(StateHash.CONSTRUCTION)
                .build());
    write(world, 3 * StateHash.MARK_ENTRIES);
    world.sim.advance(10 * LeaseWorld.SECOND);
    assertThat(checks(world)).hasSize(2);
    world.lead(2);
    world.sim.advance(10 * LeaseWorld.SECOND);
    assertThat(checks(world)).hasSize(3).last().extracting(CheckState::getMember).isEqualTo(2L);
  }
}
