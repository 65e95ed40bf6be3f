package io.mooring.raft;

import io.mooring.loop.Reply;
import io.mooring.machine.MembershipChange;
import io.mooring.machine.Outcome;
import org.jspecify.annotations.Nullable;

/**
 * A write on its way.
 *
 * @param entry encoded command behind its header
 * @param change what consensus has to know of it; null for an ordinary command
 * @param reply who waits
 * @param beganNs when it came, on the raft loop's clock
 * @param deadlineNs on the same clock
 */
@SuppressWarnings("ArrayRecordComponent") // frozen, and identity is never compared
record Proposal(
    byte[] entry,
    @Nullable MembershipChange change,
    Reply<Outcome> reply,
    long beganNs,
    long deadlineNs) {}
