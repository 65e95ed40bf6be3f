package io.mooring.apply;

import io.mooring.machine.Effects;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Collects what one batch changes, in the form that hubs and duties take. Keys and values put are
 * in memory anyway; previous values are not, so only so many bytes of them are kept. Watchers who
 * want more read them from the engine. Apply thread.
 */
final class EffectsRecorder implements Effects {

  /** Bytes of previous values after which a batch is shown without. */
  static final long MAX_PREVIOUS_BYTES = 16 << 20;

  private List<RevisionEvents> revisions = new ArrayList<>();
  private List<ChangeEvent> current = new ArrayList<>();
  private long currentRevision;
  private List<LeaseDelta.Change> leaseChanges = new ArrayList<>();
  private boolean wantsPrevious;
  private long previousBytes;

  /** Begins a batch. */
  void begin(boolean withPrevious) {
    wantsPrevious = withPrevious;
    previousBytes = 0;
    currentRevision = 0;
  }

  /** What the batch did to keys, by revision; forgotten here. */
  List<RevisionEvents> takeRevisions() {
    endRevision();
    if (revisions.isEmpty()) {
      return List.of();
    }
    List<RevisionEvents> taken = revisions;
    revisions = new ArrayList<>();
    return taken;
  }

  /** What the batch, up to an index, did to leases, or null; forgotten here. */
  @Nullable LeaseDelta takeLeaseDelta(long appliedIndex) {
    if (leaseChanges.isEmpty()) {
      return null;
    }
    LeaseDelta delta = new LeaseDelta(leaseChanges, appliedIndex);
    leaseChanges = new ArrayList<>();
    return delta;
  }

  @Override
  public boolean wantsPrevious() {
    return wantsPrevious && previousBytes < MAX_PREVIOUS_BYTES;
  }

  @Override
  public void put(
      long revision,
      byte[] key,
      byte[] payload,
      byte @Nullable [] previous,
      boolean previousKnown) {
    at(revision).add(ChangeEvent.put(key, payload, previous, previousKnown));
    keeps(previous);
  }

  @Override
  public void delete(long revision, byte[] key, byte @Nullable [] previous, boolean previousKnown) {
    at(revision).add(ChangeEvent.delete(key, previous, previousKnown));
    keeps(previous);
  }

  private void keeps(byte @Nullable [] previous) {
    previousBytes += previous == null ? 0 : previous.length;
  }

  @Override
  public void leaseGranted(long leaseId, long ttlSeconds) {
    add(LeaseDelta.Kind.GRANTED, leaseId, ttlSeconds);
  }

  @Override
  public void leaseRevoked(long leaseId) {
    add(LeaseDelta.Kind.REVOKED, leaseId, 0);
  }

  @Override
  public void leaseCheckpointed(long leaseId, long remainingSeconds) {
    add(LeaseDelta.Kind.CHECKPOINTED, leaseId, remainingSeconds);
  }

  private void add(LeaseDelta.Kind kind, long leaseId, long ttlSeconds) {
    leaseChanges.add(new LeaseDelta.Change(kind, leaseId, ttlSeconds));
  }

  private List<ChangeEvent> at(long revision) {
    if (revision != currentRevision) {
      endRevision();
      currentRevision = revision;
    }
    return current;
  }

  private void endRevision() {
    if (!current.isEmpty()) {
      revisions.add(new RevisionEvents(currentRevision, current));
      current = new ArrayList<>(1);
    }
  }
}
