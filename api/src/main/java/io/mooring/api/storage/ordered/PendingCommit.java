package io.mooring.api.storage.ordered;

import io.mooring.api.storage.EngineState;

/**
 * A commit on its way to the store.
 *
 * @param sequence rises by one per commit since the engine was opened
 * @param seeds versions for latest alone, in key order
 * @param changes history, in revision order
 * @param tables rows of small tables, each key at most once
 * @param state the state that the commit made
 * @param writtenBytes logical bytes ever written, this commit's included
 * @param heapBytes what the commit takes of the backlog's bound
 */
@SuppressWarnings("ArrayRecordComponent") // frozen, and never compared
record PendingCommit(
    long sequence,
    Row[] seeds,
    Row[] changes,
    TableRow[] tables,
    EngineState state,
    long writtenBytes,
    long heapBytes) {

  /** Rows that the store transaction will carry. */
  int rows() {
    return seeds.length + changes.length + tables.length;
  }
}
