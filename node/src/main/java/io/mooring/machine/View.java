package io.mooring.machine;

import io.mooring.api.storage.MvccEngine;

/**
 * The published state after a batch: immutable, one for all readers. It names a revision rather
 * than holding keys; any engine snapshot at least as new answers for it. The small tables are
 * persistent maps, so that publishing costs nothing that grows with them.
 *
 * @param appliedIndex last log index in it
 * @param appliedTerm term of that entry
 * @param revision current main revision
 * @param compactRevision lowest readable revision, -1 when never compacted
 * @param engine the engine generation that holds the keys
 */
public record View(
    long appliedIndex, long appliedTerm, long revision, long compactRevision, MvccEngine engine) {}
