/**
 * Drives the machine on the apply thread: one engine commit per drained set of entries, then the
 * view, then events, then replies. The only writer of the engine.
 */
@NullMarked
package io.mooring.apply;

import org.jspecify.annotations.NullMarked;
