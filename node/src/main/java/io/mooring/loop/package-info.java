/**
 * Where code runs: loops, their timers, bounded mailboxes between them, and replies that travel
 * back in batches. The only package with locks or threads besides the log. Knows nothing of what
 * runs.
 */
@NullMarked
package io.mooring.loop;

import org.jspecify.annotations.NullMarked;
