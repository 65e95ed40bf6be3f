package io.mooring.machine.lease;

/** What hears of changes to leases while commands are applied, in order, on the apply thread. */
public interface LeaseEvents {

  /** A lease came to be. */
  void leaseGranted(long leaseId, long ttlSeconds);

  /** A lease is gone, and its keys with it. */
  void leaseRevoked(long leaseId);

  /** A remaining TTL was replicated, or set back to the whole by a keep-alive. */
  void leaseCheckpointed(long leaseId, long remainingSeconds);
}
