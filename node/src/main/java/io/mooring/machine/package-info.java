/**
 * The replicated state machine: command to outcome, deterministic, on the apply thread; and the
 * immutable views that it publishes. No clock, random, I/O of its own, Vert.x or raft.
 */
@NullMarked
package io.mooring.machine;

import org.jspecify.annotations.NullMarked;
