/**
 * What only a leader does by the clock: lease expiry, automatic compaction. Runs on the duty loop,
 * in nanoseconds of its monotonic clock, and changes nothing but through consensus.
 */
@NullMarked
package io.mooring.duty;

import org.jspecify.annotations.NullMarked;
