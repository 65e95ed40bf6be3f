package io.mooring.duty;

import static org.assertj.core.api.Assertions.assertThat;

import io.mooring.api.etcdserverpb.LeaseGrantRequest;
import io.mooring.api.internalpb.Command;
import io.mooring.api.testing.Covers;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A whole fleet of leases ends in the same second. */
class LeaseStormTest {

  private static final int LEASES = 50_000;
  private static final long TTL_SECONDS = 10;

  @Test
  @Covers("O8")
  void allAreGoneSoonAndNoProposalIsLarge(@TempDir Path directory) {
    LeaseWorld world = new LeaseWorld(1, directory);
    LeaseTiming timing = LeaseTiming.of(LeaseWorld.SECOND);
    LeaseWorld.Member member = world.member(timing);
    world.lead(1);
    world.sim.advance(LeaseWorld.SECOND);
    for (long id = 1; id <= LEASES; id++) {
      LeaseGrantRequest grant =
          LeaseGrantRequest.newBuilder().setID(id).setTTL(TTL_SECONDS).build();
      Command command = Command.newBuilder().setLeaseGrant(grant).build();
      member.propose(world.client, command, world.sim.nowNs() + LeaseWorld.SECOND);
      world.promisedUntilNs.put(id, world.sim.nowNs() + (TTL_SECONDS - 1) * LeaseWorld.SECOND);
    }
    world.sim.advance(5 * LeaseWorld.SECOND);
    assertThat(world.view().leases().size()).isEqualTo(LEASES);
    world.proposals.clear();
    world.sim.advance((TTL_SECONDS + 60) * LeaseWorld.SECOND);
    assertThat(world.view().leases().size()).isZero();
    assertThat(world.expired).hasSize(LEASES);
    assertThat(world.proposals)
        .allMatch(command -> command.getExpireLeases().getIdsCount() <= timing.batchLeases());
    assertThat(member.expiry.meter().expired()).isEqualTo(LEASES);
  }
}
