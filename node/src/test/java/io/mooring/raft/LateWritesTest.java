package io.mooring.raft;

import static org.assertj.core.api.Assertions.assertThat;

import io.mooring.error.ServerError;
import io.mooring.raft.core.Configuration;
import io.mooring.raft.core.EntryId;
import io.mooring.raft.core.HardState;
import io.mooring.raft.core.Message;
import io.mooring.raft.core.Raft;
import io.mooring.raft.core.RaftConfig;
import io.mooring.raft.core.RaftStart;
import io.mooring.raft.core.Role;
import io.mooring.raft.core.SoftState;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** Why a write timed out, in etcd's words. */
class LateWritesTest {

  private static final long SECOND_NS = 1_000_000_000;
  private static final long NOW_NS = 100 * SECOND_NS;
  private static final long BEGAN_NS = NOW_NS - 7 * SECOND_NS;

  /** How long each link has been up; absent for one that is down. */
  private final Map<Long, Long> linksNs = new HashMap<>();

  private final LateWrites late =
      new LateWrites(
          DriverConfig.of(RaftConfig.of(1), 0, 1_000, SECOND_NS / 10, SECOND_NS),
          new Outbound() {
            @Override
            public void send(List<Message> messages) {}

            @Override
            public long connectedNs(long memberId) {
              return linksNs.getOrDefault(memberId, -1L);
            }
          });

  private final Raft core =
      new Raft(
          RaftConfig.of(1),
          new RaftStart(
              new HardState(1, 0),
              new EntryId(0, 0),
              Configuration.of(1, 2, 3),
              new EntryId(0, 0),
              List.of(),
              List.of(),
              0),
          new SplittableRandom(1));

  private ServerError reason(long leaderId) {
    return late.reason(BEGAN_NS, NOW_NS, leaderId, core);
  }

  private void electedAt(long nowNs) {
    late.follow(
        new SoftState(Role.Kind.CANDIDATE, 2, 0), new SoftState(Role.Kind.LEADER, 2, 1), nowNs);
  }

  @Test
  void aFollowerNeedsItsLinkToTheLeader() {
    linksNs.put(2L, 8 * SECOND_NS);
    assertThat(reason(2)).isEqualTo(ServerError.TIMEOUT);
    linksNs.put(2L, 6 * SECOND_NS);
    assertThat(reason(2)).isEqualTo(ServerError.TIMEOUT_CONNECTION_LOST);
    linksNs.remove(2L);
    assertThat(reason(2)).isEqualTo(ServerError.TIMEOUT_CONNECTION_LOST);
    assertThat(reason(0)).as("no leader to lose").isEqualTo(ServerError.TIMEOUT);
  }

  @Test
  void aLeaderNeedsLinksToAQuorum() {
    assertThat(reason(1)).isEqualTo(ServerError.TIMEOUT_CONNECTION_LOST);
    linksNs.put(3L, 8 * SECOND_NS);
    assertThat(reason(1)).isEqualTo(ServerError.TIMEOUT);
  }

  @Test
  void whoeverWasElectedMeanwhileBlamesTheLeaderBefore() {
    electedAt(BEGAN_NS + SECOND_NS);
    assertThat(reason(1)).isEqualTo(ServerError.TIMEOUT_LEADER_FAIL);
    electedAt(BEGAN_NS + 3 * SECOND_NS);
    assertThat(reason(1)).as("too long after").isEqualTo(ServerError.TIMEOUT_CONNECTION_LOST);
    electedAt(BEGAN_NS - SECOND_NS);
    assertThat(reason(1)).as("before").isEqualTo(ServerError.TIMEOUT_CONNECTION_LOST);
  }
}
