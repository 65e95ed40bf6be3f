package io.mooring.raft;

import io.mooring.loop.Reply;
import io.mooring.machine.Outcome;
import io.mooring.raft.core.Entry;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Committed entries on their way to the machine, in order and without gaps.
 *
 * @param entries immutable, not empty
 * @param replies one per entry: who waits for its outcome on this member, or null
 */
public record Committed(List<Entry> entries, List<@Nullable Reply<Outcome>> replies) {}
