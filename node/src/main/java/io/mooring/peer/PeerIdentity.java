package io.mooring.peer;

import io.mooring.api.internalpb.PeerGreeting;

/**
 * Who a member is to others, fixed for the life of the process.
 *
 * @param clusterId unsigned
 * @param memberId unsigned, not 0
 * @param version of the program, for logs
 */
public record PeerIdentity(long clusterId, long memberId, String version) {

  /** The oldest version of the protocol that this program speaks. */
  static final int OLDEST_PROTOCOL = 1;

  /** The newest version of the protocol that this program speaks. */
  static final int NEWEST_PROTOCOL = 1;

  /** What this member says first on a stream to another. */
  PeerGreeting greeting(long to) {
    return PeerGreeting.newBuilder()
        .setClusterId(clusterId)
        .setFrom(memberId)
        .setTo(to)
        .setOldestProtocol(OLDEST_PROTOCOL)
        .setNewestProtocol(NEWEST_PROTOCOL)
        .setVersion(version)
        .build();
  }
}
