/**
 * Checks, wire bytes and histograms: what everybody uses. Knows nothing of the rest. No threads;
 * each class says who may call it.
 */
@NullMarked
package io.mooring.base;

import org.jspecify.annotations.NullMarked;
