/**
 * Consensus as a plain object: inputs are calls, output is one {@code Ready}. Deterministic and
 * single-threaded, on whichever loop owns it; without I/O, clock, thread or random of its own.
 *
 * <p>Reading order: {@link Configuration} and {@link Quorum} say who counts, {@link RaftLog} what
 * this member holds, {@link Message} what members tell each other, {@link Role} and its classes
 * what a member does, {@link Raft} who is what, and when.
 */
@NullMarked
package io.mooring.raft.core;

import org.jspecify.annotations.NullMarked;
