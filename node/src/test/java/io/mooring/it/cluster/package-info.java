/**
 * Real servers under real faults: one or several processes of Mooring or of etcd, peer links that
 * can be cut and delayed, and a recorded load whose history {@link io.mooring.check} judges.
 *
 * <p>Everything here speaks the public protocol only, so that the same load and the same faults run
 * against Mooring on any engine and against real etcd: a history of etcd's that does not pass shows
 * a fault of the checker.
 */
@NullMarked
package io.mooring.it.cluster;

import org.jspecify.annotations.NullMarked;
