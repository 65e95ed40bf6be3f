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

  /** Victims of a delete that are held at a time. */
  private static final int PAGE_KEYS = 1_000;

  /** Bytes after which a page of victims ends. */
  private static final long PAGE_BYTES = 1 << 20;

  private final WriteBatch batch;
  private final ChangeSink sink;
  private final StateHash hash;
  private final long base;
  private @Nullable LateReads late;
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

  /** Notes changes for what a transaction reads late; null, as it begins, for no noting. */
  void noteFor(@Nullable LateReads reads) {
    late = reads;
  }

  /** Whether anything was changed. */
  public boolean changed() {
    return nextSub > 0;
  }

  /** The store's revision after what was done so far. */
  public long revision() {
    return changed() ? base + 1 : base;
  }

  /**
   * Executes a put that has passed {@link WriteChecks#put}.
   *
   * @param room for the previous value; nothing else of the answer takes any
   * @return without its header; null when the previous value is to be read late
   */
  public @Nullable PutResponse put(PutRequest request, AnswerRoom room) {
    byte[] key = request.getKey().toByteArray();
    boolean shown = request.getPrevKv() && room.wanted();
    boolean shownNow = shown && room.left();
    boolean carries = request.getIgnoreValue() || request.getIgnoreLease();
    boolean withPayload = shownNow || request.getIgnoreValue() || sink.wantsPrevious();
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
    if (!shown || previous == null) {
      return PutResponse.getDefaultInstance();
    }
    if (!shownNow) {
      return null;
    }
    byte[] payload = payload(previous);
    room.take(payload.length);
    return PutResponse.newBuilder().setPrevKv(KeyValueCodec.parse(payload)).build();
  }

  /**
   * Executes a delete. A page of victims at a time is held beside the batch, whatever the range.
   *
   * @param room for the previous values; nothing else of the answer takes any
   * @return without its header; null when the previous values are to be read late
   */
  public @Nullable DeleteRangeResponse deleteRange(DeleteRangeRequest request, AnswerRoom room) {
    DeleteRangeResponse.Builder response = DeleteRangeResponse.newBuilder();
    KeyRange keys = KeyRange.of(request.getKey(), request.getRangeEnd());
    KeyRange rest = keys;
    boolean shown = request.getPrevKv() && room.wanted();
    boolean shownNow = shown && room.left();
    long deleted = 0;
    boolean more = true;
    while (more) {
      List<Version> victims = new ArrayList<>();
      more = find(rest, shownNow, victims);
      for (Version victim : victims) {
        delete(victim);
        shownNow &= room.left();
        if (shownNow) {
          byte[] payload = payload(victim);
          response.addPrevKvs(KeyValueCodec.parse(payload));
          room.take(payload.length);
        }
      }
      if (!shownNow) {
        response.clearPrevKvs();
      }
      deleted += victims.size();
      rest = more ? rest.after(victims.get(victims.size() - 1).key()) : rest;
    }
    if (late != null && deleted > 0) {
      late.changed(keys, null);
    }
    return shown && !shownNow && deleted > 0 ? null : response.setDeleted(deleted).build();
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
    LateReads reads = late;
    if (reads != null) {
      Version put = new Version(key, create, main, at.sub(), version, leaseId, payload);
      reads.changed(KeyRange.of(key, ByteString.EMPTY), put);
    }
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

  /**
   * Collects a page before it is written to: no cursor may be open while a batch is.
   *
   * @return whether there may be more behind the page
   */
  private boolean find(KeyRange keys, boolean withPayload, List<Version> found) {
    boolean payloads = withPayload || sink.wantsPrevious();
    if (keys.point()) {
      Version one = batch.latest(keys.from(), payloads);
      if (one != null) {
        found.add(one);
      }
      return false;
    }
    long bytes = 0;
    try (VersionCursor cursor = batch.range(keys.from(), keys.to(), Long.MAX_VALUE)) {
      while (cursor.next()) {
        Version version = RangeScan.version(cursor, payloads);
        byte[] payload = version.payload();
        bytes += version.key().length + (payload == null ? 0 : payload.length);
        found.add(version);
        if (found.size() == PAGE_KEYS || bytes >= PAGE_BYTES) {
          return true;
        }
      }
    }
    return false;
  }

  private static byte[] payload(Version version) {
    return Check.present(version.payload(), "version read without its payload");
  }
}
