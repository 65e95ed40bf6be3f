package io.mooring.peer;

import java.util.concurrent.TimeUnit;

/**
 * Every bound and time of the network between members.
 *
 * @param maxFrameBytes of one frame as it arrives; above the largest message that the core makes
 * @param batchBytes messages are put into a frame until it has this many; a single one may exceed
 * @param maxOutboxBytes messages to one member that wait for its stream; above what the core lets
 *     be in flight, so that only a stream that stands still loses any
 * @param connectTimeoutNs until a connection stands and has been greeted
 * @param pingIntervalNs between proofs that the other end is alive
 * @param silenceNs without such a proof after which a connection is given up
 * @param minBackoffNs before the first attempt to connect again
 * @param maxBackoffNs before any attempt to connect again
 * @param transferStallNs in which the receiver of a state takes nothing of it, after which it is
 *     given up; a matter of disks
 */
public record PeerConfig(
    int maxFrameBytes,
    long batchBytes,
    long maxOutboxBytes,
    long connectTimeoutNs,
    long pingIntervalNs,
    long silenceNs,
    long minBackoffNs,
    long maxBackoffNs,
    long transferStallNs) {

  private static final int MEBIBYTE = 1 << 20;

  /** How many times the silence of a link's sender the receiver bears, and whoever is busy. */
  private static final int PATIENCE = 5;

  /**
   * Without a sign of life after which the receiver of a stream gives it up, and both ends of a
   * transfer do. The sender of a link does so much earlier, and connects anew: by then this end has
   * nothing but what a member left behind that has vanished.
   */
  long patientSilenceNs() {
    return PATIENCE * silenceNs;
  }

  /**
   * What a member in production has.
   *
   * @param maxEntryBytes largest entry that a client can cause
   * @param electionTimeoutNs a peer that is silent for longer may be gone
   */
  public static PeerConfig of(int maxEntryBytes, long electionTimeoutNs) {
    return new PeerConfig(
        2 * maxEntryBytes + 4 * MEBIBYTE,
        MEBIBYTE,
        32L * MEBIBYTE,
        electionTimeoutNs,
        electionTimeoutNs / 2,
        2 * electionTimeoutNs,
        TimeUnit.MILLISECONDS.toNanos(20),
        electionTimeoutNs / 2,
        TimeUnit.MINUTES.toNanos(1));
  }
}
