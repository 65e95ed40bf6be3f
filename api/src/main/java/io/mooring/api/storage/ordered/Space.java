package io.mooring.api.storage.ordered;

/**
 * The ordered key spaces of a store. Names are part of the stored format: never rename.
 *
 * <p>Keys of {@link #LATEST}, {@link #DEAD} and {@link #TABLE} end in user bytes and may be as long
 * as a request (a megabyte and more); a store with a limit hides it. Keys of the others are at most
 * {@link #SHORT_KEY_BYTES} long, and only those are ever given to {@link StoreTxn#deleteRange}.
 */
public enum Space {
  /** Name to number or short record: where the store stands. Few rows, rewritten by each commit. */
  META("meta", true),
  /** Revision to change record. Appended at the end, truncated at the front. */
  HISTORY("history", true),
  /** Revision to change record: what compaction keeps of the truncated history. */
  BASE("base", true),
  /** User key to its newest version, payload inline. Keys that are alive only. */
  LATEST("latest", false),
  /** User key to its tombstone, while its history can still be read. */
  DEAD("dead", false),
  /** Table id and row key to row value. */
  TABLE("table", false);

  /** Longest key of the spaces that have short keys, in bytes. */
  public static final int SHORT_KEY_BYTES = 32;

  private final String storedName;
  private final boolean shortKeys;

  Space(String storedName, boolean shortKeys) {
    this.storedName = storedName;
    this.shortKeys = shortKeys;
  }

  /** The name that a store gives the space on disk. */
  public String storedName() {
    return storedName;
  }

  /** Whether its keys are at most {@link #SHORT_KEY_BYTES} long. */
  public boolean shortKeys() {
    return shortKeys;
  }
}
