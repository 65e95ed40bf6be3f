/**
 * The LMDB engine: an {@link io.mooring.api.storage.ordered.OrderedStore} over one LMDB
 * environment, found under the name {@code lmdb}.
 *
 * <p>Owns the environment and its read transactions, and hides LMDB's limits: its 511-byte keys,
 * its one write transaction, its reader table, its native crashes after close. The environment
 * syncs every commit by itself: none of the flags that trade that away is ever set.
 */
@NullMarked
package io.mooring.storage.lmdb;

import org.jspecify.annotations.NullMarked;
