package io.mooring.api.storage;

import org.jspecify.annotations.Nullable;

/**
 * Reads of one consistent state. Revisions from {@code max(1, state().compactRevision())} up to
 * {@code state().revision()} can be asked; the caller checks that before asking. {@link
 * Long#MAX_VALUE} means "newest in this state".
 *
 * <p>A reader belongs to one thread at a time.
 */
public interface VersionReader {

  /** The state that this reader sees. Inside a {@link WriteBatch}, that of the last commit. */
  EngineState state();

  /**
   * The version of a key that was alive at a revision.
   *
   * @param key the user key; read, not kept
   * @param atRevision main revision, or {@link Long#MAX_VALUE} for the newest
   * @param withPayload whether the answer must carry its payload
   * @return null when the key did not exist then
   */
  @Nullable Version get(byte[] key, long atRevision, boolean withPayload);

  /**
   * The versions alive at a revision, in ascending unsigned byte order of their keys.
   *
   * @param from first key, inclusive
   * @param to end, exclusive; null for no end. Not above {@code from}: an empty range
   */
  VersionCursor range(byte[] from, byte @Nullable [] to, long atRevision);

  /**
   * How many keys of a range were alive at a revision. Engines answer without payloads, and sooner
   * than by walking where they can.
   */
  default long count(byte[] from, byte @Nullable [] to, long atRevision) {
    try (VersionCursor cursor = range(from, to, atRevision)) {
      long count = 0;
      while (cursor.next()) {
        count++;
      }
      return count;
    }
  }

  /**
   * Every change, tombstones included, ordered by (main, sub); its cost follows the number of
   * changes asked for, never the size of the store.
   *
   * @param fromMain first main revision, inclusive, at least the compact revision
   * @param toMain last main revision, inclusive
   */
  ChangeCursor changes(long fromMain, long toMain);

  /** The row of a small table, or null. The array is frozen. */
  byte @Nullable [] tableGet(Table table, byte[] key);

  /**
   * Rows of a small table in ascending unsigned byte order of their keys.
   *
   * @param from first key, inclusive; an empty array for the first row
   * @param to end, exclusive; null for no end
   */
  TableCursor tableScan(Table table, byte[] from, byte @Nullable [] to);
}
