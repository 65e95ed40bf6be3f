package io.mooring.raft.core;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One batch for the log: written, synced, then answered with {@link #persisted}. The core hands out
 * the next only after that, so whatever arrives meanwhile shares one sync.
 *
 * @param hardState to be stored with it; null when the stored one still holds
 * @param entries following the last persisted one, without a gap; may be empty
 * @param commitIndex known committed when this was handed out, at most the last of these entries;
 *     recovery may apply up to there without asking anybody
 * @param persisted what is durable once this has been synced
 */
public record Append(
    @Nullable HardState hardState, List<Entry> entries, long commitIndex, Persisted persisted) {}
