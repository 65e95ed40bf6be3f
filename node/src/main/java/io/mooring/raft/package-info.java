/**
 * Drives {@code raft.core} on the raft loop: proposals, reads, messages of other members, and the
 * way to the log and to apply. Owns who waits for what, within bounds; never blocks. Of a command
 * it knows only how urgent it is, and whether it changes members.
 */
@NullMarked
package io.mooring.raft;

import org.jspecify.annotations.NullMarked;
