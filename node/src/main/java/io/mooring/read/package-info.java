/**
 * Reads of the key space: point gets, ranges and streamed ranges, answered from one view each.
 *
 * <p>What the heap can answer is answered on the client loop; what may wait for a disk runs on the
 * readers, a small pool of our own threads with a bounded queue. Replies are built as wire bytes,
 * within a budget. Never writes, never asks consensus.
 */
@NullMarked
package io.mooring.read;

import org.jspecify.annotations.NullMarked;
