package io.mooring.machine.lease;

/**
 * A granted lease.
 *
 * @param id any number but 0
 * @param ttlSeconds granted TTL, at least 1
 * @param remainingSeconds replicated remaining TTL at the last checkpoint; 0 when there is none
 *     since the grant or the last keep-alive, and the whole TTL counts
 * @param grantIndex log index of its grant, which tells it from others that had its id
 */
public record Lease(long id, long ttlSeconds, long remainingSeconds, long grantIndex) {

  /** This lease with another remaining TTL. */
  public Lease withRemaining(long seconds) {
    return new Lease(id, ttlSeconds, seconds, grantIndex);
  }

  /** What a new leader starts the lease with. */
  public long effectiveSeconds() {
    return remainingSeconds > 0 ? remainingSeconds : ttlSeconds;
  }
}
