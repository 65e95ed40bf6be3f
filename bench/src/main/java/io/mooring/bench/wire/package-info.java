/**
 * Load over the wire, the same for etcd and for Mooring: frames for h2load, bulk loading, and a
 * watcher that starts far behind. Driven by {@code bench/compare}.
 */
@NullMarked
package io.mooring.bench.wire;

import org.jspecify.annotations.NullMarked;
