package io.mooring.api.storage;

import org.jspecify.annotations.Nullable;

/**
 * One live version of a key, held on the heap. Arrays are frozen: nobody changes them, anybody may
 * keep them.
 *
 * @param key the user key, 1 byte or longer
 * @param createRevision main revision of the put that began this life of the key
 * @param modRevision main revision of the put that wrote this version
 * @param modSub position of that put inside its revision
 * @param version puts since creation, 1 for the first
 * @param leaseId the lease that the key is attached to, 0 for none
 * @param payload the writer's opaque bytes; null only when it was asked for without them
 */
@SuppressWarnings("ArrayRecordComponent") // arrays are frozen, and identity is never compared
public record Version(
    byte[] key,
    long createRevision,
    long modRevision,
    int modSub,
    long version,
    long leaseId,
    byte @Nullable [] payload) {}
