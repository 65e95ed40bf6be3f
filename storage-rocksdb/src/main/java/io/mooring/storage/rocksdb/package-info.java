/**
 * The RocksDB engine: an ordered byte store over rocksdbjni, made a multi-version engine by {@code
 * api.storage.ordered}.
 *
 * <p>RocksDB's own log is off: the member's log comes first, and durability here is a finished
 * flush, atomic across column families. Owns one background thread per store, beside those of
 * RocksDB. Nothing native is touched after close: each native object has one owner here that counts
 * its users.
 */
@NullMarked
package io.mooring.storage.rocksdb;

import org.jspecify.annotations.NullMarked;
