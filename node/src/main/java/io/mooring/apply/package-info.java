/** Drives the machine on the apply thread: batches, engine commit, view, events, replies. */
@NullMarked
package io.mooring.apply;

import org.jspecify.annotations.NullMarked;
