package io.mooring.check;

/**
 * A value as it was seen: what it is and which revision wrote it.
 *
 * @param value unique among all that is ever written
 * @param modRevision as the store gave it
 */
public record Version(String value, long modRevision) {}
