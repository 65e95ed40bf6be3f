/**
 * One number for the whole replicated state, kept up to date at the price of each change: how
 * members find out that they differ. Plain objects on the apply thread.
 */
@NullMarked
package io.mooring.machine.hash;

import org.jspecify.annotations.NullMarked;
