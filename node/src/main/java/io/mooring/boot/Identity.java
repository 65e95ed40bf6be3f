package io.mooring.boot;

/**
 * Whose data a directory holds.
 *
 * @param clusterId unsigned
 * @param memberId unsigned
 */
public record Identity(long clusterId, long memberId) {}
