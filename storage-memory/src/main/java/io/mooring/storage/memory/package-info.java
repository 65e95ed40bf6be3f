/**
 * The memory engine: the whole store on the heap, durable through snapshot files.
 *
 * <p>Owns persistent trees of rows, the history between the compact revision and now, and the files
 * of its directory. The apply thread writes; readers hold an immutable root; one background thread
 * writes snapshot files. Never waits for a reader.
 */
@NullMarked
package io.mooring.storage.memory;

import org.jspecify.annotations.NullMarked;
