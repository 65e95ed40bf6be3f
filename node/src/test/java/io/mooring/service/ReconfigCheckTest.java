package io.mooring.service;

import static org.assertj.core.api.Assertions.assertThat;

import io.mooring.api.etcdserverpb.Member;
import io.mooring.api.testing.Covers;
import io.mooring.error.ClusterError;
import io.mooring.machine.cluster.MemberTable;
import io.mooring.wire.FakePeers;
import org.junit.jupiter.api.Test;

/** Every cluster of up to five voters, with any of them started and any of them connected. */
@Covers("B48")
class ReconfigCheckTest {

  /** One combination: member 1 asks, bit i-1 of a mask stands for member i. */
  private record World(int voters, int started, int connected) {

    MemberTable table() {
      MemberTable table = MemberTable.EMPTY;
      for (int id = 1; id <= voters; id++) {
        String name = has(started, id) ? "m" + id : "";
        table = table.with(Member.newBuilder().setID(id).setName(name).build());
      }
      return table;
    }

    ReconfigCheck check(boolean strict) {
      FakePeers peers = new FakePeers();
      for (int id = 2; id <= voters; id++) {
        if (has(connected, id)) {
          peers.connected(id, 5);
        }
      }
      return new ReconfigCheck(strict, 1, peers);
    }

    int startedCount() {
      return Integer.bitCount(started);
    }

    int connectedCount() {
      return Integer.bitCount(connected | 1);
    }

    static boolean has(int mask, int id) {
      return (mask & 1 << (id - 1)) != 0;
    }
  }

  private interface Judge {
    void judge(World world);
  }

  private static void everywhere(Judge judge) {
    for (int voters = 1; voters <= 5; voters++) {
      for (int started = 0; started < 1 << voters; started++) {
        for (int connected = 0; connected < 1 << voters; connected++) {
          judge.judge(new World(voters, started, connected));
        }
      }
    }
  }

  private static int quorum(int voters) {
    return voters / 2 + 1;
  }

  @Test
  void aVoterIsAddedOnlyWhereTheNewQuorumIsThereAlready() {
    everywhere(
        world -> {
          ClusterError refusal = world.check(true).add(world.table(), false);
          boolean enough =
              world.startedCount() >= quorum(world.voters() + 1)
                  || (world.voters() == 1 && world.startedCount() == 1);
          boolean healthy =
              world.voters() == 1 || world.connectedCount() >= quorum(world.voters() + 1);
          assertThat(refusal)
              .as("%s", world)
              .isEqualTo(
                  !enough
                      ? ClusterError.NOT_ENOUGH_STARTED
                      : healthy ? null : ClusterError.UNHEALTHY);
          assertThat(world.check(true).add(world.table(), true))
              .as("learner, %s", world)
              .isEqualTo(healthy ? null : ClusterError.UNHEALTHY);
        });
  }

  @Test
  void whoIsRemovedLeavesAQuorumOfTheRest() {
    everywhere(
        world -> {
          for (int target = 1; target <= world.voters(); target++) {
            ClusterError refusal = world.check(true).remove(world.table(), target);
            int rest = world.voters() - 1;
            int startedRest = world.startedCount() - (World.has(world.started(), target) ? 1 : 0);
            boolean up = target == 1 || World.has(world.connected(), target);
            ClusterError expected = null;
            if (startedRest < quorum(rest)) {
              expected = ClusterError.NOT_ENOUGH_STARTED;
            } else if (up && world.connectedCount() - 1 < quorum(rest)) {
              expected = ClusterError.UNHEALTHY;
            }
            assertThat(refusal).as("%d of %s", target, world).isEqualTo(expected);
          }
        });
  }

  @Test
  void aLearnerIsPromotedOnlyIntoAQuorumThatHasStarted() {
    everywhere(
        world ->
            assertThat(world.check(true).promote(world.table()))
                .as("%s", world)
                .isEqualTo(
                    world.startedCount() + 1 >= quorum(world.voters() + 1)
                        ? null
                        : ClusterError.NOT_ENOUGH_STARTED));
  }

  @Test
  void withoutTheCheckEverythingPasses() {
    everywhere(
        world -> {
          ReconfigCheck lenient = world.check(false);
          assertThat(lenient.add(world.table(), false)).isNull();
          assertThat(lenient.remove(world.table(), 1)).isNull();
          assertThat(lenient.promote(world.table())).isNull();
        });
  }

  @Test
  void aLearnerAlwaysMayGo() {
    MemberTable table =
        new World(1, 0, 0).table().with(Member.newBuilder().setID(9).setIsLearner(true).build());
    assertThat(new World(1, 0, 0).check(true).remove(table, 9)).isNull();
  }
}
