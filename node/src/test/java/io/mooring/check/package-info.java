/**
 * Judges what clients saw of a store: is there one order of all operations that explains every
 * answer and respects real time, and do revisions, watches and leases keep their promises.
 *
 * <p>Plain, single-threaded Java over recorded values; knows neither servers nor the wire. A
 * history comes as {@link io.mooring.check.Operation}s, what was committed as {@link
 * io.mooring.check.Change}s, and every check adds what it judged and what it found to a {@link
 * io.mooring.check.Report}.
 *
 * <p>Two kinds of object are known. A <b>register</b> is one key that is put, read, deleted and
 * compare-and-set by its mod revision. A <b>list</b> is a prefix: an append puts a key of its own
 * under it, and a read is the range of the prefix in order of mod revision. Values are never
 * written twice, so every value seen tells which operation wrote it.
 */
@NullMarked
package io.mooring.check;

import org.jspecify.annotations.NullMarked;
