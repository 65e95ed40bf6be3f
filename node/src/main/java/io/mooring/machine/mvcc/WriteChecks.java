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
    if (request.getLease() != 0 && !leases.contains(request.getLease())) {
      return LeaseError.NOT_FOUND;
    }
    boolean carries = request.getIgnoreValue() || request.getIgnoreLease();
    if (carries && newest.get(request.getKey().toByteArray(), Long.MAX_VALUE, false) == null) {
      return KvError.KEY_NOT_FOUND;
    }
    return null;
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
