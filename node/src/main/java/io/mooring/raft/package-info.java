/**
 * Drives {@code raft.core} on the raft loop: proposals, reads, and the way to the log and to apply.
 */
@NullMarked
package io.mooring.raft;

import org.jspecify.annotations.NullMarked;
