package io.mooring.raft;

import io.mooring.loop.Reply;
import io.mooring.machine.Outcome;

/**
 * A write on its way.
 *
 * @param entry encoded command behind its header
 * @param reply who waits
 * @param deadlineNs on the raft loop's clock
 */
@SuppressWarnings("ArrayRecordComponent") // frozen, and identity is never compared
record Proposal(byte[] entry, Reply<Outcome> reply, long deadlineNs) {}
