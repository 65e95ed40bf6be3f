package io.mooring.raft.core;

/**
 * What a transfer snapshot stands for: the machine's whole state after one entry. The state itself
 * never passes through the core.
 *
 * @param last the entry it was made after; committed
 * @param configuration in force after that entry
 */
public record Transfer(EntryId last, Configuration configuration) {}
