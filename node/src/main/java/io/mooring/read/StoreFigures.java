package io.mooring.read;

import io.mooring.api.storage.EngineState;
import io.mooring.api.storage.EngineStats;
import io.mooring.machine.View;

/**
 * Figures of the store behind a view, for operators and the quota.
 *
 * @param allocatedBytes on disk, or held when there is no disk
 * @param liveBytes keys and payloads of the versions that are kept
 * @param keyCount keys alive
 * @param openSnapshots snapshots not closed yet
 * @param backlogEntries commits that the engine has not written yet
 * @param backlogBytes their size
 * @param heapBytes heap that the engine holds, near enough
 */
public record StoreFigures(
    long allocatedBytes,
    long liveBytes,
    long keyCount,
    int openSnapshots,
    long backlogEntries,
    long backlogBytes,
    long heapBytes) {

  /** The figures now. Any thread, never blocks. */
  public static StoreFigures of(View view) {
    EngineState state = view.engine().state();
    EngineStats stats = view.engine().stats();
    return new StoreFigures(
        Math.max(stats.diskBytes(), state.logicalBytes()),
        state.logicalBytes(),
        state.keyCount(),
        stats.openSnapshots(),
        stats.backlogEntries(),
        stats.backlogBytes(),
        stats.heapBytes());
  }

  /** Live bytes alone, which cost nothing to ask. */
  public static long liveBytes(View view) {
    return view.engine().state().logicalBytes();
  }
}
