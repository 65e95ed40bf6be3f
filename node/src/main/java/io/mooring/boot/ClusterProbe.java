package io.mooring.boot;

import io.mooring.api.etcdserverpb.Member;
import java.net.URI;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** How a member that starts for the first time hears of a cluster that may run already. */
public interface ClusterProbe {

  /**
   * Asks peers one after the other until one answers. Blocks, for a bounded time.
   *
   * @param peerUrls of other members, not empty
   * @return what the first one that answered knows; null when none did. Unchecked: it came over the
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
