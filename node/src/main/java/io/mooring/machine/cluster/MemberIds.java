package io.mooring.machine.cluster;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Collection;
import java.util.List;

/**
 * Ids of members and clusters as etcd computes them, so that tools which remember them keep working
 * (server/etcdserver/api/membership/member.go).
 */
public final class MemberIds {

  private MemberIds() {}

  /**
   * First 8 bytes, big endian, of SHA-1 over the sorted peer URLs and a suffix.
   *
   * @param suffix the cluster's token for a founder; for a member that is added, the current second
   *     since 1970 in decimal digits
   */
  public static long member(Collection<String> peerUrls, String suffix) {
    String text = String.join("", peerUrls.stream().sorted().toList()) + suffix;
    return digest(text.getBytes(StandardCharsets.UTF_8));
  }

  /** First 8 bytes of SHA-1 over the member ids, ascending and unsigned, big endian. */
  public static long cluster(Collection<Long> memberIds) {
    List<Long> ascending = memberIds.stream().sorted(Long::compareUnsigned).toList();
    ByteBuffer bytes = ByteBuffer.allocate(Long.BYTES * ascending.size());
    ascending.forEach(bytes::putLong);
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
