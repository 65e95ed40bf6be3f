package io.mooring.machine;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Remembers what was told, until it is taken. */
final class RecordedEffects implements Effects {

  boolean wantsPrevious = true;

  /** A change of a key; {@code payload} is null for a delete. */
  record KeyChange(
      long revision, byte[] key, byte @Nullable [] payload, byte @Nullable [] previous) {}

  private List<KeyChange> keyChanges = new ArrayList<>();
  private List<String> leaseChanges = new ArrayList<>();

  List<KeyChange> takeKeyChanges() {
    List<KeyChange> taken = keyChanges;
    keyChanges = new ArrayList<>();
    return taken;
  }

  List<String> takeLeaseChanges() {
    List<String> taken = leaseChanges;
    leaseChanges = new ArrayList<>();
    return taken;
  }

  @Override
  public boolean wantsPrevious() {
    return wantsPrevious;
  }

  @Override
  public void put(
      long revision, byte[] key, byte[] payload, byte @Nullable [] previous, boolean known) {
    keyChanges.add(new KeyChange(revision, key, payload, previous));
  }

  @Override
  public void delete(long revision, byte[] key, byte @Nullable [] previous, boolean known) {
    keyChanges.add(new KeyChange(revision, key, null, previous));
  }

  @Override
  public void leaseGranted(long leaseId, long ttlSeconds) {
    leaseChanges.add("granted " + leaseId + " ttl=" + ttlSeconds);
  }

  @Override
  public void leaseRevoked(long leaseId) {
    leaseChanges.add("revoked " + leaseId);
  }

  @Override
  public void leaseCheckpointed(long leaseId, long remainingSeconds) {
    leaseChanges.add("checkpointed " + leaseId + " remaining=" + remainingSeconds);
  }
}
