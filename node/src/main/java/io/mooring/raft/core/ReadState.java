package io.mooring.raft.core;

/**
 * A confirmed read: answers computed from a state that has applied the index are linearizable.
 *
 * @param context as passed to {@link Raft#readIndex}
 * @param index to be applied first
 */
public record ReadState(long context, long index) {}
