package io.mooring.apply;

import org.jspecify.annotations.Nullable;

/**
 * One change as watchers see it, encoded once however many watch it. Arrays are frozen.
 *
 * @param key the user key
 * @param delete a tombstone rather than a put
 * @param encoded the fields {@code type} and {@code kv} of an {@code mvccpb.Event}, encoded
 * @param prevKv the encoded previous {@code mvccpb.KeyValue}; null for a creation, or when no
 *     watcher wanted previous values as the change was applied
 * @param prevKvKnown whether {@code prevKv} was looked up
 */
@SuppressWarnings("ArrayRecordComponent") // frozen, and identity is never compared
public record ChangeEvent(
    byte[] key, boolean delete, byte[] encoded, byte @Nullable [] prevKv, boolean prevKvKnown) {}
