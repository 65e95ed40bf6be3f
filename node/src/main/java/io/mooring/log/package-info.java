/**
 * The durable log: segment files, checksums, group fsync, repair of a torn tail. Runs on the log\n
 * * thread. Knows entries, not what they mean.
 */
@NullMarked
package io.mooring.log;

import org.jspecify.annotations.NullMarked;
