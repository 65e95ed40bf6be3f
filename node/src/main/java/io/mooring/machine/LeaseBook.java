package io.mooring.machine;

import io.mooring.api.etcdserverpb.LeaseCheckpoint;
import io.mooring.api.etcdserverpb.LeaseGrantRequest;
import io.mooring.api.internalpb.CheckpointLeases;
import io.mooring.api.storage.Table;
import io.mooring.api.storage.WriteBatch;
import io.mooring.base.Check;
import io.mooring.error.EtcdError;
import io.mooring.error.LeaseError;
import io.mooring.machine.hash.StateHash;
import io.mooring.machine.lease.Lease;
import io.mooring.machine.lease.LeaseRows;
import io.mooring.machine.lease.LeaseTable;
import io.mooring.machine.mvcc.KeyWriter;
import io.mooring.machine.mvcc.Validation;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The machine's leases: table and rows change together, here and nowhere else (L3). Apply thread.
 */
final class LeaseBook {

  private final StateHash hash;
  private LeaseTable table;

  LeaseBook(LeaseTable table, StateHash hash) {
    this.table = table;
    this.hash = hash;
  }

  LeaseTable table() {
    return table;
  }

  /**
   * Grants a lease whose id and TTL its proposer has settled.
   *
   * @param index of the entry
   */
  @Nullable EtcdError grant(
      WriteBatch batch, long index, LeaseGrantRequest request, Effects effects) {
    Check.that(request.getID() != 0, "a lease id is settled before it is proposed");
    Check.that(request.getTTL() > 0, "L7 a TTL is raised before it is proposed", request.getTTL());
    if (request.getTTL() > Validation.MAX_LEASE_TTL_SECONDS) {
      return LeaseError.TTL_TOO_LARGE;
    }
    if (table.contains(request.getID())) {
      return LeaseError.EXISTS;
    }
    store(batch, new Lease(request.getID(), request.getTTL(), 0, index));
    effects.leaseGranted(request.getID(), request.getTTL());
    return null;
  }

  /** Removes a lease that exists, and its keys in key order through one writer (P19). */
  void revoke(
      WriteBatch batch, KeyWriter writer, long leaseId, List<byte[]> keys, Effects effects) {
    Check.that(table.contains(leaseId), "revoking an unknown lease", leaseId);
    for (byte[] key : keys) {
      writer.deleteAttached(key, leaseId);
    }
    hash.tableDelete(batch, Table.LEASE, LeaseRows.key(leaseId));
    table = table.without(leaseId);
    effects.leaseRevoked(leaseId);
  }

  /** Replicates remaining TTLs; unknown leases are skipped. */
  void checkpoint(WriteBatch batch, CheckpointLeases request, Effects effects) {
    for (LeaseCheckpoint checkpoint : request.getCheckpointsList()) {
      Lease lease = table.get(checkpoint.getID());
      long remaining = checkpoint.getRemainingTTL();
      if (lease == null || lease.grantIndex() > request.getAsOf() || remaining < 0) {
        continue;
      }
      // 0 is what a keep-alive leaves: the whole TTL counts again. Anything else may only shorten.
      if (remaining == 0 || remaining < lease.effectiveSeconds()) {
        Lease changed = lease.withRemaining(remaining);
        store(batch, changed);
        effects.leaseCheckpointed(lease.id(), changed.effectiveSeconds());
      }
    }
  }

  private void store(WriteBatch batch, Lease lease) {
    hash.tablePut(batch, Table.LEASE, LeaseRows.key(lease.id()), LeaseRows.value(lease));
    table = table.with(lease);
  }
}
