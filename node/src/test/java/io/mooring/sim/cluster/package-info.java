/**
 * Whole members under one seed: consensus and its driver, the log on a simulated disk, machine and
 * engine, transfers, watches, leases and the key-value service are the real ones; loops, clocks,
 * disks, network and clients are simulated, on one thread.
 *
 * <pre>
 *   World      one run: members, network, clients, faults; what happens next follows from the seed
 *   Member     what outlives a crash: disk, engine directories, what it has promised
 *   Life       one process of a member, from the service down to its files
 *   Truth      replays what was committed, and holds every member against it
 *   Witness    sees each message and each step, and what must never happen
 * </pre>
 */
@NullMarked
package io.mooring.sim.cluster;

import org.jspecify.annotations.NullMarked;
