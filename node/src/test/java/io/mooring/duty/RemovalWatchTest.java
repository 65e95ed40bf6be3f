package io.mooring.duty;

import static org.assertj.core.api.Assertions.assertThat;

import io.mooring.api.etcdserverpb.Member;
import io.mooring.api.internalpb.Command;
import io.mooring.api.internalpb.FoundCluster;
import io.mooring.api.internalpb.RemoveMember;
import io.vertx.core.Future;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RemovalWatchTest {

  @TempDir Path directory;

  private static void apply(LeaseWorld world, Command.Builder command) {
    Future<?> done = world.members.get(0).propose(world.client, command.build(), Long.MAX_VALUE);
    world.sim.runUntil(done::isComplete, 100_000);
  }

  @Test
  void aMemberThatWasRemovedHearsOfItOnceAndALittleLater() {
    LeaseWorld world = new LeaseWorld(1, directory);
    LeaseWorld.Member one = world.member(LeaseWorld.timing());
    LeaseWorld.Member two = world.member(LeaseWorld.timing());
    List<Long> removed = new ArrayList<>();
    new RemovalWatch(one.duty, one, one.id, () -> removed.add(one.id)).start();
    new RemovalWatch(two.duty, two, two.id, () -> removed.add(two.id)).start();
    world.lead(1);
    // A member that has just joined is not in the table it begins with, and that is no removal.
    world.sim.advance(5 * LeaseWorld.SECOND);
    apply(
        world,
        Command.newBuilder()
            .setFoundCluster(
                FoundCluster.newBuilder()
                    .addMembers(Member.newBuilder().setID(1))
                    .addMembers(Member.newBuilder().setID(2))));
    world.sim.advance(5 * LeaseWorld.SECOND);
    assertThat(removed).isEmpty();
    apply(world, Command.newBuilder().setRemoveMember(RemoveMember.newBuilder().setId(2)));
    world.sim.advance(LeaseWorld.SECOND / 2);
    assertThat(removed).isEmpty();
    world.sim.advance(5 * LeaseWorld.SECOND);
    assertThat(removed).containsExactly(2L);
  }
}
