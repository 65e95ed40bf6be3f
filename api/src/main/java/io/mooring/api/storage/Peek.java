package io.mooring.api.storage;

import org.jspecify.annotations.Nullable;

/**
 * What the heap alone could say of a key.
 *
 * @param known whether the heap had the answer; otherwise a snapshot must be asked
 * @param version the version alive at the revision asked, null when there was none or not known
 */
public record Peek(boolean known, @Nullable Version version) {

  /** The heap cannot tell. */
  public static final Peek UNKNOWN = new Peek(false, null);

  /** The key did not exist at that revision. */
  public static final Peek ABSENT = new Peek(true, null);
}
