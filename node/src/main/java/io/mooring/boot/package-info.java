/**
 * One member put together: its data directory, its first entry, its loops, start and end. The one
 * place that sees everything. Runs on the thread that starts and stops the member, which may block;
 * never on the way of a request.
 */
@NullMarked
package io.mooring.boot;

import org.jspecify.annotations.NullMarked;
