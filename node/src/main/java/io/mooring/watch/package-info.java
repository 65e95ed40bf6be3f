/**
 * Watchers as cursors over revisions: hubs, matching, catching up. Runs on client loops; history is
 * read by readers. Nothing is buffered for a watcher beyond what was handed to its stream: the
 * engine is the buffer. Never decides who may watch, and never makes a writer wait.
 */
@NullMarked
package io.mooring.watch;

import org.jspecify.annotations.NullMarked;
