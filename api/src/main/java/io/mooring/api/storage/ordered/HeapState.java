package io.mooring.api.storage.ordered;

import io.mooring.api.storage.EngineState;
import io.mooring.api.storage.tree.PersistentTree;

/**
 * What readers take before they open a view of the store; together the two are one consistent
 * state. The apply thread alone makes new ones, and drops from them only what a committed store
 * transaction holds, so whoever takes this first and the view second misses nothing. What stands in
 * both is the same.
 *
 * @param state of the newest commit
 * @param overlay the newest change of every key that latest may not have yet
 * @param tail history that the store does not have yet
 * @param tables rows of small tables that the store does not have yet
 * @param epoch where readers of this state are counted
 */
record HeapState(
    EngineState state,
    PersistentTree<Row> overlay,
    Tail tail,
    PersistentTree<TableRow> tables,
    ReaderEpoch epoch) {}
