package io.mooring.raft.core;

import org.jspecify.annotations.Nullable;

/**
 * What became of some proposals.
 *
 * @param taken how many, from the first, are in this leader's log or on their way to it
 * @param refusal why the rest was not taken; null when all were
 */
public record Proposed(int taken, @Nullable Refusal refusal) {}
