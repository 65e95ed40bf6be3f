package io.mooring.watch;

import io.mooring.base.Check;

/**
 * Every bound of the watch path, per stream or per hub.
 *
 * @param maxWatchersPerStream more are refused with a reason
 * @param maxWatchersPerHub likewise, over all streams of a loop
 * @param fragmentBytes a response of this size or more is split, if the client asked for that
 * @param progressNotifyNs interval of unasked progress messages; up to a tenth is added per stream
 * @param maxQueuedBatches batches that may wait for the hub; beyond it they are dropped, and read
 *     again from the engine
 * @param maxQueuedBytes likewise, in bytes of their events
 * @param recentRevisions revisions that the hub remembers, so that a watcher a little behind needs
 *     no engine read
 * @param recentBytes likewise, in bytes of their events
 * @param liveFanOut watchers served of one revision as it arrives; the others are caught up in
 *     slices of {@code deliveriesPerTurn}, so that no turn of the loop is long
 * @param deliveriesPerTurn responses written, and matches collected, in one turn of catching up
 * @param sliceRevisions distinct revisions of one read, so of one response
 * @param sliceBytes matched bytes after which a read ends with its revision
 * @param sliceRows changes looked at after which a read ends with its revision
 * @param maxSlicesInFlight reads, and their deliveries, under way at once
 */
public record WatchLimits(
    int maxWatchersPerStream,
    int maxWatchersPerHub,
    int fragmentBytes,
    long progressNotifyNs,
    int maxQueuedBatches,
    long maxQueuedBytes,
    int recentRevisions,
    long recentBytes,
    int liveFanOut,
    int deliveriesPerTurn,
    int sliceRevisions,
    long sliceBytes,
    int sliceRows,
    int maxSlicesInFlight) {

  /** Validates relations between the bounds. */
  public WatchLimits {
    Check.that(maxWatchersPerStream > 0 && maxWatchersPerHub > 0, "no watcher would be allowed");
    Check.that(maxQueuedBatches > 0 && maxQueuedBytes > 0, "no batch would be taken");
    Check.that(deliveriesPerTurn > 0 && liveFanOut >= 0, "no turn would get ahead");
    Check.that(sliceRevisions > 0 && sliceBytes > 0 && sliceRows > 0, "an empty slice");
    Check.that(maxSlicesInFlight > 0, "nobody would be caught up");
  }

  /**
   * The bounds of a member.
   *
   * @param hubs client loops that share it
   * @param maxRequestBytes the request limit, which fragments follow
   * @param progressNotifyNs see there
   */
  public static WatchLimits of(int hubs, int maxRequestBytes, long progressNotifyNs) {
    return new WatchLimits(
        10_000,
        Math.max(1, 1_000_000 / hubs),
        maxRequestBytes + (512 << 10),
        progressNotifyNs,
        1024,
        32L << 20,
        8192,
        4L << 20,
        4096,
        4096,
        1000,
        1L << 20,
        20_000,
        2);
  }
}
