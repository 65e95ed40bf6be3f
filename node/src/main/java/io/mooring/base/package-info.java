/** Checks, bytes and small collections; knows nothing of the rest. Any thread, no state. */
@NullMarked
package io.mooring.base;

import org.jspecify.annotations.NullMarked;
