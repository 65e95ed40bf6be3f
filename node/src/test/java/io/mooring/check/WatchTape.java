package io.mooring.check;

import java.util.List;

/**
 * What one watcher was told, over all streams that it was resumed on.
 *
 * @param name for reports
 * @param prefix of the keys watched
 * @param startRevision first revision asked for
 * @param responses in the order received
 */
public record WatchTape(String name, String prefix, long startRevision, List<Response> responses) {

  /**
   * One response with its changes; without any it is a notice of progress.
   *
   * @param seenNs when it came, on the clock of the operations
   * @param headerRevision of the store as it was sent
   * @param changes in order
   */
  public record Response(long seenNs, long headerRevision, List<Change> changes) {}
}
