package io.mooring.api.storage.ordered;

/**
 * What one store transaction made droppable from the heap.
 *
 * @param merged rows that latest or dead now shows
 * @param superseded rows that will not be merged, since later changes of their keys will
 * @param tables table rows that the store now has
 * @param historyThrough history stands in the store up to this main revision
 */
@SuppressWarnings("ArrayRecordComponent") // frozen, and never compared
record Stored(Row[] merged, Row[] superseded, TableRow[] tables, long historyThrough) {}
