package io.mooring.apply;

import org.jspecify.annotations.Nullable;

/**
 * One change as watchers see it. It refers to bytes that exist anyway, so that a change nobody
 * watches costs no encoding. Arrays are frozen.
 *
 * @param key the user key
 * @param delete a tombstone rather than a put
 * @param kv the encoded {@code mvccpb.KeyValue} that was stored; empty for a delete, whose event
 *     shows only key and revision
 * @param prevKv the encoded {@code mvccpb.KeyValue} that was alive at the revision before (not
 *     before an earlier operation of the same transaction); null when there was none, for a
 *     creation, or when it was not looked up
 * @param prevKvKnown whether {@code prevKv} was looked up, or needed no looking up
 */
@SuppressWarnings("ArrayRecordComponent") // frozen, and identity is never compared
public record ChangeEvent(
    byte[] key, boolean delete, byte[] kv, byte @Nullable [] prevKv, boolean prevKvKnown) {

  private static final byte[] NO_BYTES = {};

  /** A put. */
  public static ChangeEvent put(
      byte[] key, byte[] kv, byte @Nullable [] prevKv, boolean prevKvKnown) {
    return new ChangeEvent(key, false, kv, prevKv, prevKvKnown);
  }

  /** A delete. */
  public static ChangeEvent delete(byte[] key, byte @Nullable [] prevKv, boolean prevKvKnown) {
    return new ChangeEvent(key, true, NO_BYTES, prevKv, prevKvKnown);
  }

  /** Heap bytes that this change keeps alive, near enough to bound a queue by. */
  public int sizeBytes() {
    return 64 + key.length + kv.length + (prevKv == null ? 0 : prevKv.length);
  }
}
