/**
 * What is done by the clock. By a leader alone: lease expiry and checkpoints, automatic compaction,
 * the comparison of states. By every member: breaking pins that are over time, and noticing that it
 * was removed. Runs on the duty loop, in nanoseconds of its monotonic clock, and changes nothing
 * replicated but through consensus.
 */
@NullMarked
package io.mooring.duty;

import org.jspecify.annotations.NullMarked;
