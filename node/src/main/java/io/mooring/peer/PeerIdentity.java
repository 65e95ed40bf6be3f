package io.mooring.peer;

import io.mooring.api.internalpb.PeerGreeting;
import java.net.URI;
import java.util.List;

/**
 * Who a member is to others, fixed for the life of the process.
 *
 * @param clusterId unsigned
 * @param memberId unsigned, not 0
 * @param version of the program, for logs
 * @param process drawn at random, not 0: another one with the same member id has another
 * @param peerUrls where others reach this member, until their member table says it
 */
public record PeerIdentity(
    long clusterId, long memberId, String version, long process, List<URI> peerUrls) {

  /** The oldest version of the protocol that this program speaks. */
  static final int OLDEST_PROTOCOL = 1;

  /** The newest version of the protocol that this program speaks. */
  static final int NEWEST_PROTOCOL = 1;

  /** Takes a copy. */
  public PeerIdentity {
    peerUrls = List.copyOf(peerUrls);
  }

  /** What this member says first on a stream to another. */
  PeerGreeting greeting(long to) {
    PeerGreeting.Builder greeting = PeerGreeting.newBuilder();
    peerUrls.forEach(url -> greeting.addPeerUrls(url.toString()));
    return greeting
        .setClusterId(clusterId)
        .setFrom(memberId)
        .setTo(to)
        .setOldestProtocol(OLDEST_PROTOCOL)
        .setNewestProtocol(NEWEST_PROTOCOL)
        .setVersion(version)
        .setProcess(process)
        .build();
  }
}
