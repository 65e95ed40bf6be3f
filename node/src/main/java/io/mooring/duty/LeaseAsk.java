package io.mooring.duty;

import io.mooring.loop.Reply;

/**
 * What somebody wants to know of leases, or to do to them.
 *
 * @param kind what
 * @param ids the leases; frozen
 * @param deadlineNs on the duty loop's clock
 * @param reply one number per id, as the kind says
 */
@SuppressWarnings("ArrayRecordComponent") // frozen, and identity is never compared
record LeaseAsk(Kind kind, long[] ids, long deadlineNs, Reply<long[]> reply) {

  enum Kind {
    /** Keep alive: granted TTL in seconds, 0 for unknown, {@link LeaseExpiry#EXPIRING}. */
    RENEW,
    /** Remaining nanoseconds, which may be negative; {@link LeaseExpiry#UNKNOWN}. */
    REMAINING
  }
}
