package io.mooring.api.storage;

/**
 * Figures for operators.
 *
 * @param diskBytes bytes allocated on disk, 0 for none
 * @param diskBytesInUse bytes of those that hold live pages or files
 * @param heapBytes estimate of the heap the engine holds
 * @param backlogEntries commits waiting for the write-behind
 * @param backlogBytes their size
 * @param openSnapshots snapshots not closed yet
 */
public record EngineStats(
    long diskBytes,
    long diskBytesInUse,
    long heapBytes,
    long backlogEntries,
    long backlogBytes,
    int openSnapshots) {}
