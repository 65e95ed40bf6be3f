package io.mooring.machine.mvcc;

/**
 * What a range says beside its key-values.
 *
 * @param count keys of the range at that revision, whatever limit and filters left out
 * @param more whether the limit left out key-values that pass the filters
 */
public record RangeResult(long count, boolean more) {}
