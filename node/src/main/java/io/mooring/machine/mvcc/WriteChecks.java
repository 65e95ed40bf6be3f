package io.mooring.machine.mvcc;

import io.mooring.api.etcdserverpb.PutRequest;
import io.mooring.api.storage.VersionReader;
import io.mooring.error.EtcdError;
import io.mooring.error.KvError;
import io.mooring.error.LeaseError;
import io.mooring.machine.lease.LeaseTable;
import org.jspecify.annotations.Nullable;

/** What only the state can refuse; asked before the first write of a command. */
public final class WriteChecks {

  private WriteChecks() {}

  /** Why a valid put cannot be carried out, or null. */
  public static @Nullable EtcdError put(
      PutRequest request, VersionReader newest, LeaseTable leases) {
    EtcdError refusal = lease(request, leases);
    return refusal == null ? carriedKey(request, newest) : refusal;
  }

  /** The same inside a transaction, where etcd looks for the key before the lease. */
  static @Nullable EtcdError putInTxn(PutRequest request, VersionReader newest, LeaseTable leases) {
    EtcdError refusal = carriedKey(request, newest);
    return refusal == null ? lease(request, leases) : refusal;
  }

  private static @Nullable EtcdError lease(PutRequest request, LeaseTable leases) {
    boolean unknown = request.getLease() != 0 && !leases.contains(request.getLease());
    return unknown ? LeaseError.NOT_FOUND : null;
  }

  /** The key whose value or lease the put keeps must be there. */
  private static @Nullable EtcdError carriedKey(PutRequest request, VersionReader newest) {
    boolean carries = request.getIgnoreValue() || request.getIgnoreLease();
    boolean absent =
        carries && newest.get(request.getKey().toByteArray(), Long.MAX_VALUE, false) == null;
    return absent ? KvError.KEY_NOT_FOUND : null;
  }

  /** Why a compaction cannot be carried out, or null. */
  public static @Nullable EtcdError compaction(
      long requested, long currentRevision, long compactRevision) {
    if (requested <= compactRevision) {
      return KvError.COMPACTED;
    }
    return requested > currentRevision ? KvError.FUTURE_REVISION : null;
  }
}
