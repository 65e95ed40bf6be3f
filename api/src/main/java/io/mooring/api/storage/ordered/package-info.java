/**
 * What engines over an ordered byte store have in common, written once: the byte layout, the heap
 * overlay, writing behind, rolling merges, reads at a revision, compaction.
 *
 * <p>A byte store (LMDB, RocksDB) implements {@link io.mooring.api.storage.ordered.OrderedStore};
 * {@code OrderedEngine} makes an {@link io.mooring.api.storage.MvccEngine} of it. Owns one writer
 * thread per engine. Knows no concrete store, no protobuf and no Vert.x.
 */
@NullMarked
package io.mooring.api.storage.ordered;

import org.jspecify.annotations.NullMarked;
