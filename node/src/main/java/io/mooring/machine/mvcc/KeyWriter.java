package io.mooring.machine.mvcc;

import com.google.protobuf.ByteString;
import io.mooring.api.etcdserverpb.DeleteRangeRequest;
import io.mooring.api.etcdserverpb.DeleteRangeResponse;
import io.mooring.api.etcdserverpb.PutRequest;
import io.mooring.api.etcdserverpb.PutResponse;
import io.mooring.api.storage.Revision;
import io.mooring.api.storage.Table;
import io.mooring.api.storage.Version;
import io.mooring.api.storage.VersionCursor;
import io.mooring.api.storage.WriteBatch;
import io.mooring.base.Check;
import io.mooring.machine.hash.StateHash;
import io.mooring.machine.lease.LeaseRows;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The changes of one main revision: versions, tombstones, and the rows that attach keys to leases,
 * always together. Whatever could be refused has been refused before it is called.
 *
 * <p>Made afresh for each command, on the apply thread. The revision is taken by the first change;
 * a writer that changed nothing has used none.
 */
public final class KeyWriter {

  private final WriteBatch batch;
  private final ChangeSink sink;
  private final StateHash hash;
  private final long base;
  private int nextSub;

  /**
   * Begins a revision.
   *
   * @param baseRevision the current main revision; changes get the one after
   * @param hash takes in every change
   */
  public KeyWriter(WriteBatch batch, long baseRevision, ChangeSink sink, StateHash hash) {
    this.hash = hash;
    this.batch = batch;
    this.base = baseRevision;
    this.sink = sink;
  }

  /** Whether anything was changed. */
  public boolean changed() {
    return nextSub > 0;
  }

  /** The store's revision after what was done so far. */
  public long revision() {
    return changed() ? base + 1 : base;
  }

  /** Executes a put that has passed {@link WriteChecks#put}. */
  public PutResponse put(PutRequest request) {
    byte[] key = request.getKey().toByteArray();
    boolean carries = request.getIgnoreValue() || request.getIgnoreLease();
    boolean withPayload = request.getPrevKv() || request.getIgnoreValue() || sink.wantsPrevious();
    Version previous = batch.latest(key, withPayload);
    // An earlier operation of this transaction may have deleted the key since the checks: what is
    // carried over is then the value that they saw.
    Version carried = carries && previous == null ? batch.get(key, base, true) : previous;
    ByteString value = request.getValue();
    if (request.getIgnoreValue()) {
      value = KeyValueCodec.value(payload(Check.present(carried, "M8 ignore_value, but no key")));
    }
    long leaseId = request.getLease();
    if (request.getIgnoreLease()) {
      leaseId = Check.present(carried, "M8 ignore_lease, but no key").leaseId();
    }
    write(key, previous, value, leaseId);
    if (!request.getPrevKv() || previous == null) {
      return PutResponse.getDefaultInstance();
    }
    return PutResponse.newBuilder().setPrevKv(KeyValueCodec.parse(payload(previous))).build();
  }

  /** Executes a delete; the answer is complete but for its header. */
  public DeleteRangeResponse deleteRange(DeleteRangeRequest request) {
    List<Version> victims =
        find(KeyRange.of(request.getKey(), request.getRangeEnd()), request.getPrevKv());
    if (victims.isEmpty()) {
      return DeleteRangeResponse.getDefaultInstance();
    }
    DeleteRangeResponse.Builder response = DeleteRangeResponse.newBuilder();
    for (Version victim : victims) {
      delete(victim);
      if (request.getPrevKv()) {
        response.addPrevKvs(KeyValueCodec.parse(payload(victim)));
      }
    }
    return response.setDeleted(victims.size()).build();
  }

  /** Deletes a key that is attached to a lease about to go. */
  public void deleteAttached(byte[] key, long leaseId) {
    Version victim = batch.latest(key, sink.wantsPrevious());
    Check.that(victim != null && victim.leaseId() == leaseId, "L1 lease row without its key");
    delete(Check.present(victim, "attached key"));
  }

  private void write(byte[] key, @Nullable Version previous, ByteString value, long leaseId) {
    long main = base + 1;
    long create = previous == null ? main : previous.createRevision();
    long version = previous == null ? 1 : previous.version() + 1;
    Check.that(previous == null || previous.modRevision() <= main, "M1 version of the future");
    byte[] payload = KeyValueCodec.encode(key, create, main, version, value, leaseId);
    attach(key, previous == null ? 0 : previous.leaseId(), leaseId);
    byte[] before = previous == null ? null : previousPayload(previous);
    Revision at = new Revision(main, nextSub++);
    batch.put(at, key, create, version, leaseId, payload);
    hash.put(previous, at, key, create, version, leaseId, payload);
    sink.put(main, key, payload, before, previous == null || sink.wantsPrevious());
  }

  private void delete(Version victim) {
    attach(victim.key(), victim.leaseId(), 0);
    byte[] before = previousPayload(victim);
    Revision at = new Revision(base + 1, nextSub++);
    batch.delete(at, victim.key());
    hash.delete(victim, at);
    sink.delete(base + 1, victim.key(), before, sink.wantsPrevious());
  }

  /** The payload that events show as previous: that of the revision before, not of this one. */
  private byte @Nullable [] previousPayload(Version latest) {
    if (!sink.wantsPrevious()) {
      return null;
    }
    if (latest.modRevision() <= base) {
      return payload(latest);
    }
    Version before = batch.get(latest.key(), base, true);
    return before == null ? null : payload(before);
  }

  /** Keeps LEASE_KEY rows equal to the lease that the newest version names (L1). */
  private void attach(byte[] key, long oldLease, long newLease) {
    if (oldLease == newLease) {
      return;
    }
    if (oldLease != 0) {
      batch.tableDelete(Table.LEASE_KEY, LeaseRows.attachment(oldLease, key));
    }
    if (newLease != 0) {
      batch.tablePut(Table.LEASE_KEY, LeaseRows.attachment(newLease, key), LeaseRows.nothing());
    }
  }

  /** Collects before the first write: no cursor may be open while a batch is written to. */
  private List<Version> find(KeyRange keys, boolean withPayload) {
    boolean payloads = withPayload || sink.wantsPrevious();
    if (keys.point()) {
      Version one = batch.latest(keys.from(), payloads);
      return one == null ? List.of() : List.of(one);
    }
    List<Version> found = new ArrayList<>();
    try (VersionCursor cursor = batch.range(keys.from(), keys.to(), Long.MAX_VALUE)) {
      while (cursor.next()) {
        found.add(RangeScan.version(cursor, payloads));
      }
    }
    return found;
  }

  private static byte[] payload(Version version) {
    return Check.present(version.payload(), "version read without its payload");
  }
}
