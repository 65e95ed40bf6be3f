package io.mooring.api.storage;

/**
 * Where an engine stands after a commit; stored with that commit, never inferred from what
 * survived.
 *
 * @param appliedIndex log index of the last applied entry, 0 for none
 * @param appliedTerm term of that entry
 * @param revision current main revision, 1 in an empty store
 * @param compactRevision lowest readable revision, -1 when never compacted
 * @param keyCount keys alive at {@code revision}
 * @param logicalBytes key plus payload bytes of every version that is kept, engine-independent in
 *     meaning; it falls as compaction reclaims
 */
public record EngineState(
    long appliedIndex,
    long appliedTerm,
    long revision,
    long compactRevision,
    long keyCount,
    long logicalBytes) {

  /** A store that has never been written. */
  public static final EngineState EMPTY = new EngineState(0, 0, 1, -1, 0, 0);

  /** This state, after reclaiming. */
  public EngineState withLogicalBytes(long newLogicalBytes) {
    return new EngineState(
        appliedIndex, appliedTerm, revision, compactRevision, keyCount, newLogicalBytes);
  }
}
