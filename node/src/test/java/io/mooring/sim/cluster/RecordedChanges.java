package io.mooring.sim.cluster;

import com.google.protobuf.InvalidProtocolBufferException;
import io.mooring.api.mvccpb.KeyValue;
import io.mooring.check.Change;
import io.mooring.machine.Effects;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/** Keeps what applying changes in keys, as watchers of everything would hear it. */
final class RecordedChanges implements Effects {

  private final List<Change> changes = new ArrayList<>();

  private final Map<Long, Long> leaseGoneNs = new HashMap<>();
  private final LongSupplier clock;

  RecordedChanges(LongSupplier clock) {
    this.clock = clock;
  }

  @Nullable Long leaseGoneNs(long leaseId) {
    return leaseGoneNs.get(leaseId);
  }

  List<Change> changes() {
    return changes;
  }

  @Override
  public boolean wantsPrevious() {
    return false;
  }

  @Override
  public void put(
      long revision, byte[] key, byte[] payload, byte @Nullable [] previous, boolean known) {
    try {
      KeyValue kv = KeyValue.parseFrom(payload);
      changes.add(
          new Change(
              revision,
              kv.getKey().toStringUtf8(),
              kv.getValue().toStringUtf8(),
              kv.getCreateRevision(),
              kv.getVersion()));
    } catch (InvalidProtocolBufferException e) {
      throw new AssertionError("a stored payload that cannot be parsed", e);
    }
  }

  @Override
  public void delete(long revision, byte[] key, byte @Nullable [] previous, boolean known) {
    changes.add(new Change(revision, new String(key, StandardCharsets.UTF_8), null, 0, 0));
  }

  @Override
  public void leaseGranted(long leaseId, long ttlSeconds) {}

  @Override
  public void leaseRevoked(long leaseId) {
    leaseGoneNs.put(leaseId, clock.getAsLong());
  }

  @Override
  public void leaseCheckpointed(long leaseId, long remainingSeconds) {}
}
