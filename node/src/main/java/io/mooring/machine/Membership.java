package io.mooring.machine;

import java.util.List;

/**
 * Who takes part in consensus, as the member table has it: the whole of what consensus needs to
 * know of a change of members. It holds from the moment that the table was applied.
 *
 * <p>Each command changes it by one voter at most, so that it needs no joint configuration; but for
 * a forced founding, which a member alone may make.
 *
 * @param voters ids ascending, unsigned, immutable; empty on a member that has joined and does not
 *     know the cluster yet
 * @param learners likewise
 */
public record Membership(List<Long> voters, List<Long> learners) {}
