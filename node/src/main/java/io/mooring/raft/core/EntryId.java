package io.mooring.raft.core;

/**
 * Names one entry for ever: two logs that hold the same index and term agree up to there.
 *
 * @param index log position, 0 for "before the first"
 * @param term term of the entry at that position
 */
public record EntryId(long index, long term) {

  /** Before the first entry. */
  public static final EntryId ZERO = new EntryId(0, 0);

  /** The identity of an entry. */
  public static EntryId of(Entry entry) {
    return new EntryId(entry.index(), entry.term());
  }

  @Override
  public String toString() {
    return index + "@" + term;
  }
}
