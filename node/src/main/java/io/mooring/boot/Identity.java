package io.mooring.boot;

import io.mooring.boot.config.NodeConfig.Cluster;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Collection;
import java.util.Collections;
import java.util.List;

/**
 * Ids of the first members as etcd computes them, so that tools which remember them keep working.
 *
 * @param clusterId unsigned
 * @param memberId unsigned
 */
public record Identity(long clusterId, long memberId) {

  /** The identity that a first start gives to a member. */
  public static Identity initial(String name, Cluster cluster) {
    List<Long> members =
        cluster.members().values().stream()
            .map(urls -> memberId(urls, cluster.token()))
            .sorted(Long::compareUnsigned)
            .toList();
    List<URI> own = cluster.members().getOrDefault(name, List.of());
    return new Identity(clusterId(members), memberId(own, cluster.token()));
  }

  /** First 8 bytes, big endian, of SHA-1 over the sorted peer URLs and the token. */
  static long memberId(Collection<URI> peerUrls, String token) {
    List<String> sorted = new java.util.ArrayList<>(peerUrls.stream().map(URI::toString).toList());
    Collections.sort(sorted);
    return digest((String.join("", sorted) + token).getBytes(StandardCharsets.UTF_8));
  }

  /** First 8 bytes of SHA-1 over the ascending member ids, big endian. */
  static long clusterId(List<Long> ascendingMemberIds) {
    ByteBuffer bytes = ByteBuffer.allocate(8 * ascendingMemberIds.size());
    ascendingMemberIds.forEach(bytes::putLong);
    return digest(bytes.array());
  }

  private static long digest(byte[] bytes) {
    try {
      return ByteBuffer.wrap(MessageDigest.getInstance("SHA-1").digest(bytes)).getLong();
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-1", e);
    }
  }
}
