package io.mooring.boot;

import io.mooring.boot.config.NodeConfig;
import io.mooring.raft.DriverConfig;
import io.mooring.raft.core.RaftConfig;
import io.mooring.raft.core.RaftLimits;
import io.mooring.service.ServiceLimits;
import java.security.SecureRandom;
import java.util.concurrent.TimeUnit;

/** What a member's settings say about consensus, in the words of its driver. */
final class ConsensusSettings {

  /** At most this part of the heap is kept for members that are behind. */
  private static final int HEAP_SHARE = 4;

  private ConsensusSettings() {}

  /** As in etcd a heartbeat is one tick, and an election timeout as many as fit into it. */
  static DriverConfig of(NodeConfig config, long memberId) {
    NodeConfig.Timing timing = config.timing();
    int electionTicks = (int) (timing.electionTimeoutMs() / timing.heartbeatMs());
    return DriverConfig.of(
        new RaftConfig(
            memberId,
            electionTicks,
            1,
            config.rules().preVote(),
            RaftLimits.DEFAULT.retainingAtMost(Runtime.getRuntime().maxMemory() / HEAP_SHARE)),
        new SecureRandom().nextLong(),
        maxEntryBytes(config),
        TimeUnit.MILLISECONDS.toNanos(timing.heartbeatMs()),
        electionTimeoutNs(config));
  }

  /** The largest entry that a client can cause. */
  static int maxEntryBytes(NodeConfig config) {
    return config.limits().maxRequestBytes() + ServiceLimits.MESSAGE_ALLOWANCE_BYTES;
  }

  static long electionTimeoutNs(NodeConfig config) {
    return TimeUnit.MILLISECONDS.toNanos(config.timing().electionTimeoutMs());
  }
}
