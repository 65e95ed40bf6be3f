package io.mooring.watch;

import io.mooring.apply.RevisionEvents;
import java.util.List;

/**
 * A stretch of history: all events of interest of whole revisions. Immutable.
 *
 * @param from first revision covered
 * @param to last revision covered, at least {@code from}
 * @param compactRevision of the state that was read; events below it may be missing
 * @param revisions those with events, ascending
 */
record HistorySlice(long from, long to, long compactRevision, List<RevisionEvents> revisions) {}
