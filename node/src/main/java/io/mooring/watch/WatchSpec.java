package io.mooring.watch;

import io.mooring.machine.mvcc.KeyRange;

/**
 * What a client asks of a watcher.
 *
 * @param watchId 0 to let the server pick
 * @param range keys it is about; may be empty, which is refused
 * @param startRevision first revision of interest, 0 for "from now", negative is refused
 * @param noPut leave out puts
 * @param noDelete leave out deletes
 * @param prevKv add previous values
 * @param progressNotify say from time to time that nothing happened
 * @param fragment split large responses
 */
public record WatchSpec(
    long watchId,
    KeyRange range,
    long startRevision,
    boolean noPut,
    boolean noDelete,
    boolean prevKv,
    boolean progressNotify,
    boolean fragment) {}
