/**
 * A persistent ordered map: the building block of everything that one thread writes and many read.
 *
 * <p>Owns no thread and does no I/O. A tree never changes; an editor belongs to one thread until it
 * is frozen into the next tree. Old trees stay valid for as long as somebody holds them, and share
 * with the newer ones whatever did not change.
 */
@NullMarked
package io.mooring.api.storage.tree;

import org.jspecify.annotations.NullMarked;
