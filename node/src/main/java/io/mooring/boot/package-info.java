/** Configuration and assembly: the one place that sees everything. */
@NullMarked
package io.mooring.boot;

import org.jspecify.annotations.NullMarked;
