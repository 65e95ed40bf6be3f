package io.mooring.boot;

import io.mooring.api.etcdserverpb.Member;
import java.net.URI;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** How a member that starts for the first time hears of a cluster that may run already. */
public interface ClusterProbe {

  /**
   * Asks peers. Blocks, for a bounded time.
   *
   * @param peerUrls of other members, not empty
   * @return what the one that knows most says; null when none answered. Unchecked: it came over the
   *     network
   */
  @Nullable Found ask(List<URI> peerUrls);

  /**
   * A cluster as one of its members describes it.
   *
   * @param clusterId unsigned
   * @param members all of them
   */
  record Found(long clusterId, List<Member> members) {}
}
