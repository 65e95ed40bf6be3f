/**
 * The durable log: segment files, checksums, group fsync, repair of a torn tail. Runs on the log
 * thread; preparing and deleting segments on a thread of its own. Knows entries, never what they
 * mean.
 */
@NullMarked
package io.mooring.log;

import org.jspecify.annotations.NullMarked;
