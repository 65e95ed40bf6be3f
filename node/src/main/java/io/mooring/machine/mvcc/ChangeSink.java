package io.mooring.machine.mvcc;

import org.jspecify.annotations.Nullable;

/** What hears of changes to keys while commands are applied, in order, on the apply thread. */
public interface ChangeSink {

  /** Whether previous values should be looked up for it. Never changes what is written. */
  boolean wantsPrevious();

  /**
   * A key was put.
   *
   * @param revision main revision
   * @param key frozen
   * @param payload the encoded {@code mvccpb.KeyValue}, frozen
   * @param previous the payload alive at the revision before; null when there was none, for a
   *     creation, or when not known
   * @param previousKnown whether {@code previous} was looked up, or needed no looking up
   */
  void put(
      long revision, byte[] key, byte[] payload, byte @Nullable [] previous, boolean previousKnown);

  /** A key was deleted; as {@link #put}. */
  void delete(long revision, byte[] key, byte @Nullable [] previous, boolean previousKnown);
}
