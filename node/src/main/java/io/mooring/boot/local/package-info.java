/** Whole clusters on one machine, for trying things out: processes of their own, or one JVM. */
@NullMarked
package io.mooring.boot.local;

import org.jspecify.annotations.NullMarked;
