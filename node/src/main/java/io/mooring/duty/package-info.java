/**
 * What only a leader does by the clock: lease expiry, automatic compaction. Runs on the duty loop.
 */
@NullMarked
package io.mooring.duty;

import org.jspecify.annotations.NullMarked;
