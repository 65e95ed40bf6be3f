/**
 * Consensus as a plain object: inputs are calls, output is one {@code Ready}. Deterministic,
 * single\n * threaded, without I/O, clock, thread or random of its own.
 */
@NullMarked
package io.mooring.raft.core;

import org.jspecify.annotations.NullMarked;
