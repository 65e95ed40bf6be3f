package io.mooring.raft.core;

/**
 * What a member's own disk holds for certain. An index alone would not do: the entry that once
 * stood there may have been replaced since (R11).
 *
 * @param hardState newest durable one
 * @param last newest durable entry
 */
public record Persisted(HardState hardState, EntryId last) {}
