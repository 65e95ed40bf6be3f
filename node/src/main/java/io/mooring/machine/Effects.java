package io.mooring.machine;

import io.mooring.machine.lease.LeaseEvents;
import io.mooring.machine.mvcc.ChangeSink;

/**
 * What hears of everything that applying changes, in order. It is told, never asked: what it does
 * with that, or whether anybody waits for it, changes nothing in the state.
 */
public interface Effects extends ChangeSink, LeaseEvents {}
