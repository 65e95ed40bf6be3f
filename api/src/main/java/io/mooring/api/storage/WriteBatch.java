package io.mooring.api.storage;

import org.jspecify.annotations.Nullable;

/**
 * Changes that become visible, and durable, together. It reads its own writes: a later request of
 * the batch sees an earlier one, at {@link Long#MAX_VALUE} and at the new revisions.
 *
 * <p>Used by the one apply thread only. Arrays handed over are frozen from then on. Cursors opened
 * on a batch must be closed before its next write.
 */
public interface WriteBatch extends VersionReader {

  /**
   * Writes a version.
   *
   * @param at its revision; strictly above that of every earlier change
   * @param key 1 byte or longer, any bytes, any length that a request may have
   * @param createRevision main revision of the key's creation ({@code at.main()} when it is new)
   * @param version puts since creation, from 1
   * @param leaseId 0 for none; the engine stores it, the caller keeps {@link Table#LEASE_KEY}
   * @param payload opaque bytes, may be empty
   */
  void put(
      Revision at, byte[] key, long createRevision, long version, long leaseId, byte[] payload);

  /**
   * Writes a tombstone. The key must be alive, unless a transfer is being loaded (nothing has been
   * applied yet): at its compact revision it brings tombstones whose key it could not seed.
   */
  void delete(Revision at, byte[] key);

  /** Writes a row of a small table. */
  void tablePut(Table table, byte[] key, byte[] value);

  /** Removes a row of a small table; no effect when there is none. */
  void tableDelete(Table table, byte[] key);

  /**
   * Loads a version below the compact revision into an empty store, for a transfer snapshot: it is
   * readable by key from the compact revision on, and appears in no {@link #changes}. To be called
   * before any {@link #put}, in ascending key order, at most once a key. A load may take several
   * batches, committed with applied index 0 until the last one.
   */
  void seed(
      Revision at, byte[] key, long createRevision, long version, long leaseId, byte[] payload);

  /**
   * Makes the batch visible to new snapshots. Atomic and ordered; until the engine reports it
   * durable, a crash may lose it together with everything after it, never a part of it. May wait
   * for the engine's bounded write-behind. Raising the compact revision starts reclaiming.
   *
   * @return the state as committed
   */
  EngineState commit(long appliedIndex, long appliedTerm, long revision, long compactRevision);

  /** Drops the batch. No effect after {@link #commit}. */
  void discard();

  /** {@link #get} of the newest version in this batch. */
  default @Nullable Version latest(byte[] key, boolean withPayload) {
    return get(key, Long.MAX_VALUE, withPayload);
  }
}
