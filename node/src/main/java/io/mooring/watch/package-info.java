/**
 * Watchers as cursors over revisions: hubs, matching, catching up. Runs on client loops; history
 * is\n * read by readers.
 */
@NullMarked
package io.mooring.watch;

import org.jspecify.annotations.NullMarked;
