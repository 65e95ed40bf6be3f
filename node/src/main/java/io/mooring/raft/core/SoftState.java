package io.mooring.raft.core;

/**
 * What a member believes and need not remember.
 *
 * @param role its role
 * @param term in that term
 * @param leaderId leader it knows, 0 for none
 */
public record SoftState(Role.Kind role, long term, long leaderId) {}
