package io.mooring.machine.hash;

/**
 * The hash of a member's state at an applied index.
 *
 * @param index a multiple of {@link StateHash#MARK_ENTRIES}; 0 for none yet
 * @param hash of the whole state right after that entry
 */
public record Mark(long index, long hash) {

  /** No mark yet. */
  public static final Mark NONE = new Mark(0, 0);
}
