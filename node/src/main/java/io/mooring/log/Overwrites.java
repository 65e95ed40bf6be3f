package io.mooring.log;

import java.util.Map;
import java.util.TreeMap;

/**
 * Which entries of a log were replaced later. A follower's tail that a new leader contradicts is
 * not cut out of the files: the group that replaces it says so by beginning at or before the last
 * index, and from there on takes its place. So one write and one sync are still all that a group
 * needs, and a crash leaves the old tail or the new one, whole.
 */
final class Overwrites {

  /** Group to first index; later groups have higher indexes here, others no longer matter. */
  private final TreeMap<Long, Long> firstIndexes = new TreeMap<>();

  /** A group replaces everything before it from an index on. Called in the order of groups. */
  void note(long groupNumber, long firstIndex) {
    while (!firstIndexes.isEmpty() && firstIndexes.lastEntry().getValue() >= firstIndex) {
      firstIndexes.pollLastEntry();
    }
    firstIndexes.put(groupNumber, firstIndex);
  }

  /** Whether an entry of a group still stands. */
  boolean isLive(long groupNumber, long index) {
    Map.Entry<Long, Long> next = firstIndexes.higherEntry(groupNumber);
    return next == null || index < next.getValue();
  }
}
